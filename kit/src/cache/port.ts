/**
 * A read-through cache. Losing it loses nothing but time.
 *
 * Promises of every adapter (tests/conformance/cache.conformance.ts):
 * - Concurrent `getOrLoad` calls of one key share one load (stampede-safe).
 * - A value is not served after its TTL or after `delete` has resolved; a load that began before the delete leaves nothing behind.
 * - Memory is bounded: the least recently used go first.
 * - If the cache itself cannot be reached, `load` is called and its answer returned.
 */
export type Cache = {
  getOrLoad<Value>(key: string, load: () => Promise<Value>, options: { ttlMs: number }): Promise<Value>;
  /** As `getOrLoad` for many keys, with one `load` for all that are missing. Absent keys of its answer are cached as `null`. */
  getOrLoadMany<Value>(
    keys: readonly string[],
    load: (missing: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
    options: { ttlMs: number },
  ): Promise<Map<string, Value | null>>;
  delete(keys: readonly string[]): Promise<void>;
  clear(): Promise<void>;
};

/**
 * A cache of images that carry their store's revision, for what guards visibility.
 *
 * Promises of every adapter (tests/conformance/versioned-cache.conformance.ts):
 * - `putIfNewer` stores only if its revision is above that of the value held, and not below that of an invalidation.
 * - After `invalidate(key, r)` no value older than `r` is served or accepted; so a slow reader cannot bring an old image back.
 */
export type VersionedCache<Value> = {
  getMany(keys: readonly string[]): Promise<Map<string, { revision: bigint; value: Value }>>;
  putIfNewer(key: string, revision: bigint, value: Value): Promise<void>;
  /** `revision` is the least one that may be served from now on. */
  invalidate(key: string, revision: bigint): Promise<void>;
  clear(): Promise<void>;
};
