import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { Cache, VersionedCache } from '@starling/kit/cache/port.ts';
import { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import { createEmbeddedEventLog, type EmbeddedEventLog } from '@starling/kit/event-log/embedded.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { createPool } from '@starling/kit/postgres/pool.ts';
import { createEmbeddedRateLimiter } from '@starling/kit/rate-limit/embedded.ts';
import type { RateLimiter, RateLimitOptions } from '@starling/kit/rate-limit/port.ts';
import { createEmbeddedSearchIndex } from '@starling/kit/search-index/embedded.ts';
import type { IndexOptions, SearchIndex } from '@starling/kit/search-index/port.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { observedCache, observedImages } from '@starling/kit/telemetry/observed-cache.ts';
import { observedIndex } from '@starling/kit/telemetry/observed-index.ts';
import { observedLimiter } from '@starling/kit/telemetry/observed-limiter.ts';
import { observedLog } from '@starling/kit/telemetry/observed-log.ts';
import { observedPubSub } from '@starling/kit/telemetry/observed-pubsub.ts';
import type { Databases } from './databases.ts';

export type Ports = {
  log: EmbeddedEventLog;
  cache: Cache;
  /** One cache per name, as it would be on a server; its first caller sets its options. */
  versionedCache: <Value>(name: string, options?: { max?: number }) => VersionedCache<Value>;
  pubsub: ReturnType<typeof createEmbeddedPubSub>;
  rateLimiter(name: string, options: RateLimitOptions): RateLimiter;
  /** Timelines are kept in this process. */
  redis: null;
  /** Indexes lie in a database of their own. */
  searchIndex(name: string, options: IndexOptions): Promise<SearchIndex>;
  /** Empties every cache. */
  forgetImages(): Promise<void>;
  close(): Promise<void>;
};

/** The in-process adapter of every port. */
export async function openPorts(
  databases: Pick<Databases, 'log' | 'search'>,
  { logger, cacheEntries }: { logger: Logger; /** At most. */ cacheEntries: number },
): Promise<Ports> {
  const pool = createPool({
    url: databases.log,
    name: 'log',
    onConnectionLost: (error) => logger.warn({ error }, 'A connection to the event log broke'),
  });
  const searchPool = createPool({
    url: databases.search,
    name: 'search',
    onConnectionLost: (error) => logger.warn({ error }, 'A connection to the search indexes broke'),
  });
  const plainLog = await createEmbeddedEventLog({ pool, logger }).catch(async (error: unknown) => {
    await Promise.all([pool.end(), searchPool.end()]);
    throw error;
  });
  const log = observedLog(plainLog);
  const cache = observedCache(createEmbeddedCache({ max: cacheEntries }));
  const versioned = createVersionedCaches();
  const pubsub = observedPubSub(createEmbeddedPubSub());
  return {
    log,
    cache,
    versionedCache: versioned.named,
    pubsub,
    rateLimiter: (name, options) => observedLimiter(name, createEmbeddedRateLimiter(options)),
    redis: null,
    searchIndex: async (name, options) =>
      observedIndex(name, await createEmbeddedSearchIndex({ pool: searchPool, name, ...options })),
    async forgetImages() {
      await Promise.all([cache.clear(), versioned.clear()]);
    },
    async close() {
      await pubsub.close();
      await log.close();
      await Promise.all([pool.end(), searchPool.end()]);
    },
  };
}

function createVersionedCaches() {
  const caches = new Map<string, VersionedCache<unknown>>();
  return {
    named<Value>(name: string, options?: { max?: number }): VersionedCache<Value> {
      const cache = caches.get(name) ?? observedImages(name, createVersionedEmbeddedCache<unknown>(options));
      caches.set(name, cache);
      return cache as VersionedCache<Value>;
    },
    clear: () => Promise.all([...caches.values()].map((cache) => cache.clear())),
  };
}
