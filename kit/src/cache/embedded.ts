import { LRUCache } from 'lru-cache';
import type { Cache } from './port.ts';
import { createRunningLoads } from './running-loads.ts';

export type EmbeddedCache = Cache & {
  /** Keys asked for since the start. A key that joins a running load is a miss. */
  stats(): { hits: number; misses: number };
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
 * The table of running loads is our own, so that a delete can strike one out. bentocache 1.6 lets a load that began
 * before a delete write its stale value and has others join it; lru-cache's `fetch` rejects those who wait for such a
 * load, and has no batches.
 */
export function createEmbeddedCache({
  max = 50_000,
  now = () => performance.now(),
}: EmbeddedCacheOptions = {}): EmbeddedCache {
  const kept = new LRUCache<string, { value: unknown }>({ max, ttlResolution: 0, perf: { now } });
  const loads = createRunningLoads();
  const count = { hits: 0, misses: 0 };

  function find(key: string): { value: unknown } | undefined {
    const entry = kept.get(key);
    count[entry ? 'hits' : 'misses'] += 1;
    const load = entry ? undefined : loads.find(key);
    return load ? { value: load } : entry;
  }

  function load<Value>(key: string, loading: Promise<Value>, ttlMs: number): Promise<Value> {
    // To lru-cache, a TTL of 0 is for ever.
    const keep = (value: Value) => void (ttlMs > 0 && kept.set(key, { value }, { ttl: ttlMs }));
    return loads.run(key, loading, keep);
  }

  return {
    async getOrLoad<Value>(key: string, loadOne: () => Promise<Value>, { ttlMs }: { ttlMs: number }) {
      const found = find(key);
      return found ? (found.value as Value | Promise<Value>) : load(key, begin(loadOne), ttlMs);
    },

    async getOrLoadMany<Value>(keys: readonly string[], loadMissing: LoadMissing<Value>, { ttlMs }: { ttlMs: number }) {
      const values = new Map<string, Value | null>();
      const awaited = new Map<string, Promise<Value | null>>();
      const missing: string[] = [];
      for (const key of new Set(keys)) {
        const value = find(key)?.value as Value | null | Promise<Value | null> | undefined;
        if (value === undefined) missing.push(key);
        else if (value instanceof Promise) awaited.set(key, value);
        // Takes the key's place in the order, until its value is there.
        values.set(key, value === undefined || value instanceof Promise ? null : value);
      }
      if (missing.length > 0) {
        const batch = begin(() => loadMissing(missing));
        const valueOf = (key: string) => batch.then((loaded) => loaded.get(key) ?? null);
        for (const key of missing) awaited.set(key, load(key, valueOf(key), ttlMs));
      }
      if (awaited.size > 0) await Promise.all([...awaited].map(async ([key, value]) => values.set(key, await value)));
      return values;
    },

    async delete(keys) {
      for (const key of keys) {
        kept.delete(key);
        loads.strike(key);
      }
    },

    async clear() {
      kept.clear();
      loads.strikeAll();
    },

    stats: () => ({ ...count }),
  };
}

type LoadMissing<Value> = (missing: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

/** A load that throws at once is a load that rejects. */
async function begin<Value>(load: () => Promise<Value>): Promise<Value> {
  return load();
}
