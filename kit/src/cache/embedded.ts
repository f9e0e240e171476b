import { LRUCache } from 'lru-cache';
import type { Cache } from './port.ts';

export type EmbeddedCache = Cache & {
  /** Keys asked for since the start. A key that joins a running load is a miss. */ stats(): {
    hits: number;
    misses: number;
  };
};

export type EmbeddedCacheOptions = {
  /** Entries, at most. Default 50,000. */
  max?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
};

/**
 * A cache in this process, on lru-cache. Values are shared, not copied: treat them as frozen.
 *
 * The table of running loads is our own: a delete strikes the load out of it, and a load that has been struck out stores
 * nothing. bentocache 1.6 lets such a load write its stale value, and lru-cache's `fetch` rejects those who wait for it
 * and has no batches.
 */
export function createEmbeddedCache({
  max = 50_000,
  now = () => performance.now(),
}: EmbeddedCacheOptions = {}): EmbeddedCache {
  const kept = new LRUCache<string, { value: unknown }>({ max, ttlResolution: 0, perf: { now } });
  const loads = new Map<string, Promise<unknown>>();
  let hits = 0;
  let misses = 0;

  /** Registers a key's load; its value is stored unless the key was deleted meanwhile. */
  function track<Value>(key: string, load: Promise<Value>, ttlMs: number): Promise<Value> {
    const tracked = load.then(
      (value) => {
        if (settle(key, tracked)) kept.set(key, { value }, { ttl: ttlMs });
        return value;
      },
      (error: unknown) => {
        settle(key, tracked);
        throw error;
      },
    );
    loads.set(key, tracked);
    return tracked;
  }

  function settle(key: string, load: Promise<unknown>): boolean {
    return loads.get(key) === load && loads.delete(key);
  }

  function find(key: string): { value: unknown } | { load: Promise<unknown> } | undefined {
    const entry = kept.get(key);
    if (entry) hits += 1;
    else misses += 1;
    if (entry) return entry;
    const load = loads.get(key);
    return load && { load };
  }

  return {
    async getOrLoad<Value>(key: string, load: () => Promise<Value>, { ttlMs }: { ttlMs: number }) {
      const found = find(key);
      if (!found) return track(key, invoke(load), ttlMs);
      return ('load' in found ? found.load : found.value) as Value | Promise<Value>;
    },

    async getOrLoadMany<Value>(
      keys: readonly string[],
      load: (missing: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
      { ttlMs }: { ttlMs: number },
    ) {
      const values = new Map<string, unknown>();
      const missing: string[] = [];
      for (const key of new Set(keys)) {
        const found = find(key);
        if (!found) missing.push(key);
        else values.set(key, 'load' in found ? found.load : found.value);
      }
      if (missing.length > 0) {
        const batch = invoke(() => load(missing));
        for (const key of missing)
          values.set(
            key,
            track(
              key,
              batch.then((loaded) => loaded.get(key) ?? null),
              ttlMs,
            ),
          );
      }
      const entries = [...values].map(async ([key, value]) => [key, await value] as [string, Value | null]);
      return new Map(await Promise.all(entries));
    },

    async delete(keys) {
      for (const key of keys) {
        kept.delete(key);
        loads.delete(key);
      }
    },

    async clear() {
      kept.clear();
      loads.clear();
    },

    stats: () => ({ hits, misses }),
  };
}

/** A load that throws at once is a load that rejects. */
async function invoke<Value>(load: () => Promise<Value>): Promise<Value> {
  return load();
}
