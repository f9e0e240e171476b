import { createHash } from 'node:crypto';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { IndexHit, IndexQuery, SearchIndex } from '@starling/kit/search-index/port.ts';

export type CachedReads = {
  search(query: IndexQuery): Promise<readonly IndexHit[]>;
  /** Keeps what `load` answers under `key`, unless it is empty. */
  keep<Value>(key: readonly unknown[], load: () => Promise<Value>, isEmpty: (value: Value) => boolean): Promise<Value>;
};

/**
 * Reads of one index, kept for a while for everybody: ids only, before anybody's visibility.
 * An empty answer costs next to nothing and is not kept, so that the first tweet with a new word is found at once.
 */
export function cachedReads(
  index: Pick<SearchIndex, 'search'>,
  { cache, name, ttlMs }: { cache: Pick<Cache, 'getOrLoad' | 'delete'>; name: string; ttlMs: number },
): CachedReads {
  const keep: CachedReads['keep'] = async (key, load, isEmpty) => {
    if (ttlMs === 0) return load();
    const cacheKey = `search:${name}:${digest(key)}`;
    const value = await cache.getOrLoad(cacheKey, load, { ttlMs });
    if (isEmpty(value)) await cache.delete([cacheKey]);
    return value;
  };
  return {
    keep,
    search: (query) =>
      keep(
        ['hits', query],
        () => index.search(query),
        (hits) => hits.length === 0,
      ),
  };
}

/** Short, and the same for equal values. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}
