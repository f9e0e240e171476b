import type { Cache, VersionedCache } from '../cache/port.ts';
import { createRedisCache } from '../cache/redis.ts';
import { createVersionedRedisCache } from '../cache/versioned-redis.ts';
import type { Logger } from '../logger.ts';
import type { PubSub } from '../pubsub/port.ts';
import { createRedisPubSub } from '../pubsub/redis.ts';
import type { RateLimiter, RateLimitOptions } from '../rate-limit/port.ts';
import { createRedisRateLimiter } from '../rate-limit/redis.ts';
import { connectRedis, type RedisConnection } from '../redis/redis-connection.ts';
import { createElasticsearchIndex } from '../search-index/elasticsearch.ts';
import type { IndexOptions, SearchIndex } from '../search-index/port.ts';
import { observeCommands } from '../telemetry/observe-redis.ts';
import { observedCache, observedImages } from '../telemetry/observed-cache.ts';
import { observedIndex } from '../telemetry/observed-index.ts';
import { observedLimiter } from '../telemetry/observed-limiter.ts';
import { observedPubSub } from '../telemetry/observed-pubsub.ts';
import type { ElasticsearchConfig, RedisConfig } from './config.ts';

export type ServerPorts = {
  cache: Cache;
  /** One cache per name. */
  versionedCache: <Value>(name: string, options?: { max?: number }) => VersionedCache<Value>;
  pubsub: PubSub & { channelCount(): Promise<number> };
  rateLimiter(name: string, options: RateLimitOptions): RateLimiter;
  redis: { connection: RedisConnection; namespace: string };
  /** Empties every cache that was asked for here. */
  forgetImages(): Promise<void>;
  close(): Promise<void>;
};

export type ServersOptions = { redis: RedisConfig; namespace: string; logger: Logger };

/** What lives in Redis. Rejects with one clear message if it is away, refuses the password, or is of another kind. */
export async function openServers({ redis: config, namespace, logger }: ServersOptions): Promise<ServerPorts> {
  const connection = await connectRedis({ ...config, logger });
  const on = { redis: connection, namespace, logger };
  observeCommands(connection.client);
  const cache = observedCache(createRedisCache(on));
  const pubsub = observedPubSub(createRedisPubSub(on));
  const versioned = new Map<string, VersionedCache<unknown>>();
  return {
    cache,
    versionedCache<Value>(name: string, options?: { max?: number }) {
      const held =
        versioned.get(name) ?? observedImages(name, createVersionedRedisCache<unknown>({ ...on, ...options, name }));
      versioned.set(name, held);
      return held as VersionedCache<Value>;
    },
    pubsub,
    rateLimiter: (name, options) => observedLimiter(name, createRedisRateLimiter({ ...on, name, ...options })),
    redis: { connection, namespace },
    async forgetImages() {
      await Promise.all([cache.clear(), ...[...versioned.values()].map((one) => one.clear())]);
    },
    async close() {
      await pubsub.close();
      await connection.close();
    },
  };
}

/** Indexes by name on one Elasticsearch. */
export function searchIndexesOn(
  config: ElasticsearchConfig,
  { namespace, logger }: { namespace: string; logger: Logger },
): (name: string, options: IndexOptions) => Promise<SearchIndex> {
  return async (name, options) =>
    observedIndex(name, await createElasticsearchIndex({ ...config, namespace, name, logger, ...options }));
}
