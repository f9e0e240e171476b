import type { Id } from '@starling/domain/ids.ts';
import { edgeRank } from '@starling/domain/ranking.ts';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import { observedCache } from '@starling/kit/telemetry/observed-cache.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { createTimelineBuilder } from './build-timeline.ts';
import type { TimelineConfig } from './config.ts';
import { timelineConsumers } from './consumes.ts';
import { createEmbeddedDeliveryLog } from './delivery-log/embedded.ts';
import { createRedisDeliveryLog } from './delivery-log/redis.ts';
import { watchDeliveries } from './delivered-until.ts';
import { createFameView, createNoFame } from './fame-view.ts';
import { createForeseenPeople } from './foreseen-people.ts';
import { createOpenedProfiles } from './ranking/opened-profiles.ts';
import { createRecentReaders } from './recent-readers.ts';
import { scheduleRecovery } from './recovery/schedule-recovery.ts';
import { scheduleAudits } from './schedule-audits.ts';
import { createTimelineSubgraph } from './subgraph.ts';
import { createEmbeddedTimelineStore } from './timeline-store/embedded.ts';
import type { DropOptions } from './timeline-store/port.ts';
import { createRedisTimelineStore } from './timeline-store/redis.ts';

export type TimelineShared = {
  logger: Logger;
  cache: Cache;
  pubsub: PubSub;
  /** Where big pushes go on. Absent in a process that answers readers only: it has no consumers then. */
  log?: Pick<EventLog, 'publish' | 'read' | 'lag' | 'aheadOfCommits'>;
  /** Where timelines are materialised; null for this process' own memory. */
  redis: { connection: RedisConnection; namespace: string } | null;
  services: {
    users: Pick<Users<CallContext>, 'getUsers'>;
    graph: Pick<
      Graph<CallContext>,
      | 'getRelations'
      | 'getFollowingAt'
      | 'getFollowEnds'
      | 'streamFollowers'
      | 'streamFame'
      | 'listProfileOpens'
      | 'noteProfileOpens'
    >;
    tweets: Pick<
      Tweets<CallContext>,
      | 'getEntries'
      | 'listByActors'
      | 'listIdsByActors'
      | 'listByHashtags'
      | 'findRetweets'
      | 'getCounters'
      | 'listInteractions'
    >;
  };
  /** Epoch milliseconds. */
  now?: () => number;
  /** Milliseconds by a clock that nobody sets. */
  monotonicNow?: () => number;
};

/** It answers no other service. */
export type OpenedTimeline = OpenedSubgraph<Record<string, never>> & {
  /** Forgets materialised timelines; each is built anew when it is next read. */
  dropTimelines(viewerIds: readonly Id[]): Promise<void>;
  /** Forgets all of them at once, and then removes them. How many it has removed. */
  dropAllTimelines(options?: DropOptions): Promise<number>;
};

const FAME_NEWS_MS = 5_000;

/** Owns no facts: everything here is an image of graph's, tweets' and users' facts, and may be lost. */
export async function openTimeline(config: TimelineConfig, shared: TimelineShared): Promise<OpenedTimeline> {
  const { logger, pubsub, log, redis, services, now = Date.now, monotonicNow } = shared;
  const kept = redis
    ? createRedisTimelineStore({ ...config, redis: redis.connection, namespace: redis.namespace })
    : null;
  await kept?.fillBy(config.delivery);
  const store = kept ?? createEmbeddedTimelineStore({ ...config, now });
  const fame =
    config.delivery === 'hybrid' ? createFameView({ graph: services.graph, logger, monotonicNow }) : createNoFame();
  const deliveries = redis
    ? createRedisDeliveryLog({ ...config, redis: redis.connection, namespace: redis.namespace })
    : createEmbeddedDeliveryLog({ ...config, now });
  const builder = createTimelineBuilder({ store, tweets: services.tweets, fame, kept: config.kept, logger, now });
  const readers = createRecentReaders();
  const foreseen = createForeseenPeople();
  const keepsLists = config.delivery !== 'pull';
  // In this process' memory the shared cache counts entries, and these are large.
  const images = redis ? shared.cache : observedCache(createEmbeddedCache({ max: config.maxRanked }));
  const { newsForMs, rankedCandidates, rankedForMs, affinityForMs } = config;
  const ranking = { images, ranker: edgeRank, rankedCandidates, rankedForMs, affinityForMs };
  const given = { store, deliveries, builder, fame, keepsLists, pubsub, readers, foreseen, newsForMs };
  const deps = { ...services, ...ranking, ...given, logger, now };
  const openedProfiles = createOpenedProfiles({
    graph: services.graph,
    logger,
    now,
    everyMs: config.profileOpensEveryMs,
  });
  const delivered =
    log && keepsLists
      ? watchDeliveries({ ...deps, ...config, log, tell: async (untilMs) => kept?.tellDelivered(untilMs) })
      : null;
  // Processes that answer readers know of the log what workers tell them.
  const dueBefore = async () => (kept ? kept.toldDelivered() : (delivered?.until() ?? null));
  const audits = scheduleAudits({ ...deps, ...config, dueBefore });
  const recovering =
    kept && log && keepsLists ? scheduleRecovery({ ...deps, ...config, log, recovery: kept.recovery }) : null;
  const fameNews = nowAndThen(() => fame.tell(), {
    everyMs: FAME_NEWS_MS,
    onError: (error) => logger.warn({ err: error }, 'who is famous could not be asked'),
  });
  return {
    name: 'timeline',
    subgraph: createTimelineSubgraph({ ...deps, openedProfiles, collapseWithin: config.collapseWithin }),
    rpc: {},
    consumers: log ? timelineConsumers({ ...deps, ...config, log }) : [],
    outbox: null,
    dropTimelines: (viewerIds) => store.drop(viewerIds),
    dropAllTimelines: (options) => store.dropAll(options),
    ping: () => store.ping(),
    async close() {
      const running = [audits.stop(), fameNews.stop(), openedProfiles.stop(), recovering?.stop(), delivered?.stop()];
      await Promise.all([...running, builder.settled()]);
      await store.close();
    },
  };
}
