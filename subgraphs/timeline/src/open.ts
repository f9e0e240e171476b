import type { Id } from '@starling/domain/ids.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { createTimelineBuilder } from './build-timeline.ts';
import type { TimelineConfig } from './config.ts';
import { timelineConsumers } from './consumes.ts';
import { createRecentReaders } from './recent-readers.ts';
import { scheduleAudits } from './schedule-audits.ts';
import { createTimelineSubgraph } from './subgraph.ts';
import { createEmbeddedTimelineStore } from './timeline-store/embedded.ts';
import { createRedisTimelineStore } from './timeline-store/redis.ts';

export type TimelineShared = {
  logger: Logger;
  pubsub: PubSub;
  /** Where timelines are materialised; null for this process' own memory. */
  redis: { connection: RedisConnection; namespace: string } | null;
  services: {
    users: Pick<Users<CallContext>, 'getUsers'>;
    graph: Pick<Graph<CallContext>, 'getRelations' | 'streamFollowers'>;
    tweets: Pick<Tweets<CallContext>, 'getEntries' | 'listByActors' | 'findRetweets'>;
  };
  /** Epoch milliseconds. */
  now?: () => number;
};

/** It answers no other service. */
export type OpenedTimeline = OpenedSubgraph<Record<string, never>> & {
  /** Forgets materialised timelines, all of them for null; each is built anew when it is next read. */
  dropTimelines(viewerIds: readonly Id[] | null): Promise<void>;
};

/** Owns no facts: everything here is an image of graph's, tweets' and users' facts, and may be lost. */
export async function openTimeline(config: TimelineConfig, shared: TimelineShared): Promise<OpenedTimeline> {
  const { logger, pubsub, redis, services, now = Date.now } = shared;
  const store = redis
    ? createRedisTimelineStore({ ...config, redis: redis.connection, namespace: redis.namespace })
    : createEmbeddedTimelineStore({ ...config, now });
  const build = createTimelineBuilder({ store, tweets: services.tweets, kept: config.kept, now });
  const readers = createRecentReaders();
  const deps = { ...services, store, build, pubsub, readers, logger, now };
  const audits = scheduleAudits({ ...deps, ...config });
  return {
    name: 'timeline',
    subgraph: createTimelineSubgraph(deps),
    rpc: {},
    consumers: timelineConsumers({ ...deps, ...config }),
    outbox: null,
    dropTimelines: (viewerIds) => (viewerIds === null ? store.dropAll() : store.drop(viewerIds)),
    ping: () => store.ping(),
    async close() {
      await audits.stop();
      await store.close();
    },
  };
}
