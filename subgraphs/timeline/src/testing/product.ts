import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { createTimelineBuilder } from '../build-timeline.ts';
import { timelineConsumers } from '../consumes.ts';
import { explainAbsence } from '../explain-absence.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { TimelineConfig } from '../config.ts';
import { createFameView, NO_FAME } from '../fame-view.ts';
import { createRecentReaders } from '../recent-readers.ts';
import { readHome } from '../read-home.ts';
import { createEmbeddedTimelineStore } from '../timeline-store/embedded.ts';
import type { TimelineLimits, TimelineStore } from '../timeline-store/port.ts';
import { must } from './world-state.ts';
import type { World } from './world.ts';

export const CALL = systemCall('test', { timeoutMs: 3_600_000 });

/** Small bounds, so that trimming, seams, eviction and short pages happen all the time. */
const LIMITS: TimelineLimits = { kept: 4, trimAbove: 6, maxTimelines: 3, expiryMs: 1_000_000 };

type Page = { entries: EntryFacts[]; endId: Id | null; hasNextPage: boolean };

export type ProductOptions = {
  /** Default: hybrid. */
  delivery?: TimelineConfig['delivery'];
  limits?: Partial<TimelineLimits>;
  scanBudget?: (first: number) => number;
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
    delivery === 'hybrid' ? createFameView({ graph: services.graph, logger, now: world.now }) : NO_FAME;
  const fame = viewOfFame();
  const build = createTimelineBuilder({ store, tweets: services.tweets, fame, kept: limits.kept, now: world.now });
  const pubsub = createEmbeddedPubSub();
  const readers = createRecentReaders();
  const given = { store, build, fame, keepsLists: delivery !== 'pull', pubsub, readers, logger };
  const deps = { ...services, ...given, newsForMs: 1_000_000, now: world.now, scanBudget };
  const tuning = { followersAPage: 2, deliveriesAPush: 3, pushesUnderWay: 2 };
  const fanOut = must(
    timelineConsumers({ ...deps, ...tuning, fame: viewOfFame() }).find(({ group }) => group === 'timeline-fanout'),
  );
  const home = async (viewerId: Id, first: number, afterId: Id | null = null): Promise<Page> => {
    const after = afterId === null ? null : { id: afterId };
    const { kept, end, hasNextPage } = await readHome(deps, CALL, { viewerId, first, after });
    return { entries: kept, endId: end?.id ?? null, hasNextPage };
  };
  return {
    deps,
    store,
    warnings,
    home,
    deliver: (records: World['events']) => fanOut.handle(records),
    explain: (viewerId: Id, tweetId: Id) => explainAbsence(deps, CALL, { viewerId, tweetId }),
    /** Page by page to the end. */
    async wholeHome(viewerId: Id, first: number): Promise<Id[]> {
      const ids: Id[] = [];
      for (let afterId: Id | null = null; ;) {
        const page: Page = await home(viewerId, first, afterId);
        ids.push(...page.entries.map(({ id }) => id));
        if (!page.hasNextPage) return ids;
        if (page.endId === afterId) throw new Error('the page did not go on');
        afterId = page.endId;
      }
    },
  };
}
