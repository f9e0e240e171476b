import { followeesOf, type Follows, type HomeEntry as Named } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { createTimelineBuilder } from '../build-timeline.ts';
import { timelineConsumers } from '../consumes.ts';
import { createEmbeddedDeliveryLog } from '../delivery-log/embedded.ts';
import { explainAbsence } from '../explain-absence.ts';
import type { TimelineConfig } from '../config.ts';
import { createFameView, createNoFame } from '../fame-view.ts';
import { createForeseenPeople } from '../foreseen-people.ts';
import { createRecentReaders } from '../recent-readers.ts';
import { readHome, type HomeDeps, type HomePage } from '../read-home.ts';
import { readHomeAt, type HomePageAt } from '../read-home-at.ts';
import type { HomeEntry } from '../timeline-page.ts';
import { createEmbeddedTimelineStore } from '../timeline-store/embedded.ts';
import type { TimelineLimits, TimelineStore } from '../timeline-store/port.ts';
import { must } from './world-state.ts';
import { createSliceLog } from './slice-log.ts';
import type { World } from './world.ts';

export const CALL = systemCall('test', { timeoutMs: 3_600_000 });

/** Small bounds, so that trimming, seams, eviction and short pages happen all the time. */
const LIMITS: TimelineLimits = { kept: 4, trimAbove: 6, maxTimelines: 3, expiryMs: 1_000_000 };

/** A push has slices of a few pages, and each store call a few followers. */
export const FAN_OUT = {
  followersAPage: 2,
  followersASlice: 3,
  deliveriesAPush: 3,
  pushesUnderWay: 2,
  newsForMs: 1_000_000,
  deliveryKeptMs: 1_000_000,
};

type ReadPage = (viewerId: Id, first: number, afterId: Id | null) => Promise<Page>;
type Page = { entries: HomeEntry[]; endId: Id | null; hasNextPage: boolean; viewer: Follows };

export type ProductOptions = {
  /** Default: hybrid. */
  delivery?: TimelineConfig['delivery'];
  limits?: Partial<TimelineLimits>;
  scanBudget?: (first: number) => number;
  followersASlice?: number;
  collapseWithin?: number;
  services?: World['services'];
  /** Stands between the product and its store, to delay or to fail. */
  wrapStore?(store: TimelineStore): TimelineStore;
};

/** The subgraph's functions over a world, with its real store and push. Its worker knows of fame what a process of its own would. */
export function createProduct(world: World, options: ProductOptions = {}) {
  const { scanBudget = (first) => first + 3, services = world.services, wrapStore = (inner) => inner } = options;
  const { delivery = 'hybrid' } = options;
  const warnings: object[] = [];
  const warn = (fields: object) => void warnings.push(fields);
  const logger = { warn, error: warn };
  const limits = { ...LIMITS, ...options.limits };
  const store = wrapStore(createEmbeddedTimelineStore({ ...limits, now: world.now }));
  const viewOfFame = () =>
    delivery === 'hybrid' ? createFameView({ graph: services.graph, logger, monotonicNow: world.now }) : createNoFame();
  const fame = viewOfFame();
  const { tweets } = services;
  const builder = createTimelineBuilder({ store, tweets, fame, kept: limits.kept, logger, now: world.now });
  const pubsub = createEmbeddedPubSub();
  const readers = createRecentReaders();
  const foreseen = createForeseenPeople();
  const deliveries = createEmbeddedDeliveryLog({ ...FAN_OUT, maxDeliveries: 100, now: world.now });
  const reading = { scanBudget, collapseWithin: options.collapseWithin ?? world.collapseWithin };
  const given = {
    store,
    deliveries,
    builder,
    fame,
    keepsLists: delivery !== 'pull',
    pubsub,
    readers,
    foreseen,
    logger,
  };
  const deps = { ...services, ...given, newsForMs: FAN_OUT.newsForMs, now: world.now, ...reading };
  const slices = createSliceLog();
  const tuning = { ...FAN_OUT, followersASlice: options.followersASlice ?? FAN_OUT.followersASlice, log: slices };
  const start = () => {
    const [fanOut, slicing] = timelineConsumers({ ...deps, ...tuning, fame: viewOfFame() });
    return { fanOut: must(fanOut), slicing: must(slicing) };
  };
  let worker = start();
  const pagesOf =
    (reads: HomeDeps) =>
    async (viewerId: Id, first: number, afterId: Id | null = null): Promise<Page> => {
      const after = afterId === null ? null : { id: afterId };
      const page = await readHome(reads, CALL, { viewerId, first, after });
      // What is built behind the answer is there for the next one.
      await builder.settled();
      return pageOf(page);
    };
  const home = pagesOf(deps);
  return {
    deps,
    store,
    warnings,
    home,
    deliver: (records: World['events']) => worker.fanOut.handle(records),
    slices: {
      ...slices,
      /** The next of some push. With a crash it comes again, and nobody remembers that it came. */
      deliver: async (which = 0, { crash = false } = {}): Promise<void> => {
        await slices.deliverOne(which, (batch) => worker.slicing.handle(batch), crash);
        if (crash) worker = start();
      },
    },
    explain: (viewerId: Id, tweetId: Id) => explainAbsence(deps, CALL, { viewerId, tweetId }),
    wholeHome: async (viewerId: Id, first: number) => idsOf(await readWhole(home, viewerId, first)),
    wholeNamedHome: (viewerId: Id, first: number) => readWhole(home, viewerId, first),
    wholeNamedHomeAt: (viewerId: Id, first: number, atMs: number) => {
      const readAt: ReadPage = async (_, size, afterId) => {
        const after = afterId === null ? null : { id: afterId };
        return pageOf(await readHomeAt(deps, CALL, { viewerId, first: size, after, atMs }));
      };
      return readWhole(readAt, viewerId, first);
    },
    /** What this product would show, did nothing collapse. */
    uncollapsedHome: async (viewerId: Id) =>
      idsOf(await readWhole(pagesOf({ ...deps, collapseWithin: 0 }), viewerId, 20)),
  };
}

export function nameFollowees({ entries, viewer }: Pick<Page, 'entries' | 'viewer'>): Named[] {
  return entries.map((entry) => ({ id: entry.id, followees: followeesOf([entry, ...entry.collapsed], viewer) }));
}

function pageOf({ kept, end, hasNextPage, viewer }: HomePage | HomePageAt): Page {
  return { entries: kept, endId: end?.id ?? null, hasNextPage, viewer };
}

function idsOf(entries: readonly Named[]): Id[] {
  return entries.map(({ id }) => id);
}

/** Page by page to the end. */
async function readWhole(read: ReadPage, viewerId: Id, first: number): Promise<Named[]> {
  const found: Named[] = [];
  for (let afterId: Id | null = null; ;) {
    const page: Page = await read(viewerId, first, afterId);
    found.push(...nameFollowees(page));
    if (!page.hasNextPage) return found;
    if (page.endId === afterId) throw new Error('the page did not go on');
    afterId = page.endId;
  }
}
