import { LRUCache } from 'lru-cache';
import type { ReadTickets, VersionedCache } from './port.ts';

export type VersionedEmbeddedOptions = {
  /** Images, at most. Default 50,000. */
  max?: number;
  /** Invalidations remembered, at most. Default twice `max`. */
  maxInvalidations?: number;
  /** Longer than any reader takes from its read of the store to `putIfNewer`. Default 60 s. */
  slowestReadMs?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
};

/**
 * A versioned cache in this process.
 *
 * Invalidations are kept apart from the images, so that images cannot push them out. An invalidation guards against
 * readers that read the store before it; once the slowest of them must have finished, it may be forgotten. If more
 * invalidations come than are remembered, one that still guards is forgotten too early: until its time is over, images
 * of keys about which nothing is remembered are then refused. Revisions of different keys are never compared.
 */
export function createVersionedEmbeddedCache<Value>(options: VersionedEmbeddedOptions = {}): VersionedCache<Value> {
  const { max = 50_000, maxInvalidations = 2 * max, slowestReadMs = 60_000, now = () => performance.now() } = options;
  const images = new LRUCache<string, { revision: bigint; value: Value }>({ max });
  let refuseUnknownUntil = -Infinity;
  const invalidations = new LRUCache<string, { least: bigint; guardsUntil: number }>({
    max: maxInvalidations,
    dispose: ({ guardsUntil }, _key, reason) => {
      if (reason === 'evict') refuseUnknownUntil = Math.max(refuseUnknownUntil, guardsUntil);
    },
  });

  function accepts(key: string, revision: bigint): boolean {
    const held = images.peek(key);
    if (held && held.revision >= revision) return false;
    const invalidation = invalidations.peek(key);
    if (invalidation) return revision >= invalidation.least;
    return held !== undefined || now() >= refuseUnknownUntil;
  }

  return {
    async getMany(keys) {
      const found = new Map<string, { revision: bigint; value: Value }>();
      for (const key of keys) {
        const image = images.get(key);
        if (image) found.set(key, image);
      }
      return { images: found, tickets: NO_TICKETS };
    },

    async putIfNewer(key, revision, value) {
      if (accepts(key, revision)) images.set(key, { revision, value });
    },

    async invalidate(revisions) {
      for (const [key, revision] of revisions) {
        const known = invalidations.peek(key)?.least ?? 0n;
        const least = revision > known ? revision : known;
        invalidations.set(key, { least, guardsUntil: now() + slowestReadMs });
        const held = images.peek(key);
        if (held && held.revision < least) images.delete(key);
      }
    },

    /** Invalidations stay: a reader may be on its way. */
    async clear() {
      images.clear();
    },
  };
}

/** Invalidations are remembered here for as long as readers may be on their way: they need no tickets. */
const NO_TICKETS: ReadTickets = new Map();
