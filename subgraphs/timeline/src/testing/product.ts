import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { createTimelineBuilder } from '../build-timeline.ts';
import { timelineConsumers } from '../consumes.ts';
import { explainAbsence } from '../explain-absence.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
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
  limits?: Partial<TimelineLimits>;
  scanBudget?: (first: number) => number;
  services?: World['services'];
  /** Stands between the product and its store, to delay or to fail. */
  wrapStore?(store: TimelineStore): TimelineStore;
};

/** The subgraph's functions over a world, with its real store and push. */
export function createProduct(world: World, options: ProductOptions = {}) {
  const { scanBudget = (first) => first + 3, services = world.services, wrapStore = (inner) => inner } = options;
  const limits = { ...LIMITS, ...options.limits };
  const store = wrapStore(createEmbeddedTimelineStore({ ...limits, now: world.now }));
  const build = createTimelineBuilder({ store, tweets: services.tweets, kept: limits.kept, now: world.now });
  const pubsub = createEmbeddedPubSub();
  const warnings: object[] = [];
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  const readers = createRecentReaders();
  const deps = { ...services, store, build, pubsub, readers, logger, now: world.now, scanBudget };
  const tuning = { followersAPage: 2, deliveriesAPush: 3, pushesUnderWay: 2, newsForMs: 1_000_000 };
  const fanOut = must(timelineConsumers({ ...deps, ...tuning }).find(({ group }) => group === 'timeline-fanout'));
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
