import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import { createRedisCache } from '@starling/kit/cache/redis.ts';
import { findRedis, SILENT } from '../support/redis.ts';

export type Subject = {
  cache: Cache;
  /** The same cache in another process. */
  other: Cache;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
};
export type CacheAdapter = {
  name: string;
  open(): Promise<{ subject(): Promise<Subject>; close(): Promise<void> }>;
};

export const cacheAdapters: readonly CacheAdapter[] = [
  {
    name: 'embedded',
    open: async () => ({
      async subject() {
        let now = 1_000;
        const cache = createEmbeddedCache({ max: 10, now: () => now });
        return { cache, other: cache, advance: async (ms) => void (now += ms) };
      },
      close: async () => {},
    }),
  },
  ...(await findRedis()).map(({ name, open }) => ({
    name,
    async open() {
      const redis = await open();
      const subject = async (): Promise<Subject> => {
        const namespace = redis.newNamespace();
        const options = { redis: redis.connection, namespace, logger: SILENT };
        const advance = (ms: number) => redis.advance(namespace, ms);
        return { cache: createRedisCache(options), other: createRedisCache(options), advance };
      };
      return { subject, close: redis.close };
    },
  })),
];

/** Longer than a test may last. */
export const TTL = { ttlMs: 60_000 };

/** A load that waits to be let go. */
export function gated<Value>(value: Value) {
  const gate = Promise.withResolvers<undefined>();
  gate.promise.catch(() => undefined);
  let calls = 0;
  const load = async () => {
    calls += 1;
    await gate.promise;
    return value;
  };
  return { load, open: () => gate.resolve(undefined), fail: gate.reject, calls: () => calls };
}
