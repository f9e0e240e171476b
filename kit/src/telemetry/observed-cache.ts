import type { Cache, VersionedCache } from '../cache/port.ts';
import { cacheReads } from './metrics.ts';
import { isMeasuring } from './registry.ts';

/** The same cache, with what it holds and what it lacks counted by whose keys of which kind they are: `users:account:42` is of `users:account`. */
export function observedCache<Held extends Cache>(cache: Held): Held {
  return {
    ...cache,
    async getOrLoad<Value>(key: string, load: () => Promise<Value>, options: { ttlMs: number }) {
      let missed = 0;
      const value = await cache.getOrLoad(
        key,
        () => {
          missed = 1;
          return load();
        },
        options,
      );
      count(kindOf(key), 1, missed);
      return value;
    },
    async getOrLoadMany<Value>(
      keys: readonly string[],
      load: (missing: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
      options: { ttlMs: number },
    ) {
      let missed = 0;
      const values = await cache.getOrLoadMany(
        keys,
        (missing) => {
          missed += missing.length;
          return load(missing);
        },
        options,
      );
      count(kindOf(keys[0] ?? ''), values.size, missed);
      return values;
    },
  };
}

/** The same images, counted under the cache's name. */
export function observedImages<Value>(name: string, cache: VersionedCache<Value>): VersionedCache<Value> {
  return {
    ...cache,
    async getMany(keys) {
      const found = await cache.getMany(keys);
      const asked = new Set(keys).size;
      count(name, asked, asked - found.images.size);
      return found;
    },
  };
}

function count(cache: string, asked: number, missed: number): void {
  if (!isMeasuring()) return;
  if (missed > 0) cacheReads.inc({ cache, result: 'miss' }, missed);
  if (asked > missed) cacheReads.inc({ cache, result: 'hit' }, asked - missed);
}

function kindOf(key: string): string {
  return key.split(':', 2).join(':');
}
