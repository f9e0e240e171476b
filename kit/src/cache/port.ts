/**
 * A read-through cache. Losing it loses nothing but time.
 *
 * Promises of every adapter (tests/conformance/cache*.conformance.ts):
 * - Concurrent `getOrLoad` calls of one key share one load (stampede-safe).
 * - A value is not served after its TTL or after `delete` has resolved, in whatever process; a load that began before the delete
 *   leaves nothing behind, and nobody who asks after it is given what that load has read.
 * - Memory is bounded: the least recently used go first.
 * - If the cache itself cannot be reached, `load` is called and its answer returned; `delete` and `clear` resolve, and take effect
 *   as soon as they can.
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
 * - `putIfNewer` fills in what `getMany` has just missed: only if its revision is above that of the image held, and not below
 *   that of an invalidation. It may also be refused without that; then the next reader fills it in.
 * - After `invalidate` has resolved no image older than its revision is served or accepted; so a slow reader cannot bring an old
 *   image back, whatever the cache has forgotten meanwhile.
 * - If the cache cannot be reached, every call throws StarlingError UNAVAILABLE. Readers go to the store. Who changes the store
 *   invalidates before the change can be seen, and leaves it if that fails: nobody could be kept from serving old images.
 */
export type VersionedCache<Value> = {
  getMany(keys: readonly string[]): Promise<VersionedRead<Value>>;
  /** `tickets` are those of the `getMany` before the image was read from the store. */
  putIfNewer(key: string, revision: bigint, value: Value, tickets: ReadTickets): Promise<void>;
  /** By key, the least revision that may be served from now on; it need not be in the store yet. */
  invalidate(revisions: ReadonlyMap<string, bigint>): Promise<void>;
  clear(): Promise<void>;
};

export type VersionedRead<Value> = {
  images: Map<string, { revision: bigint; value: Value }>;
  /** For keys without an image: say since when the reader reads. */
  tickets: ReadTickets;
};

export type ReadTickets = ReadonlyMap<string, string>;
