import type { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import type { createEmbeddedTimelineStore } from '@starling/timeline/timeline-store/embedded.ts';
import type { VersionedCache } from '@starling/kit/cache/port.ts';
import { setTimeout as delay } from 'node:timers/promises';

/** A round trip to a store, in milliseconds on a steady clock. One that pipelines a batch is one. */
export type StoreCall = { what: string; began: number; ended: number };

/** As if every store in this process were a network away: what does not depend on each other overlaps, all else does not. */
const ROUND_TRIP_MS = 40;

let noted: StoreCall[] | null = null;

/** The store calls that reading something costs in this process, in the order of their ends. */
export async function storeCallsOf(read: () => Promise<unknown>): Promise<StoreCall[]> {
  const calls: StoreCall[] = [];
  noted = calls;
  try {
    await read();
  } finally {
    noted = null;
  }
  return calls.sort((a, b) => a.ended - b.ended);
}

/** The longest chain of calls of which each began after the one before had ended; the calls that ended first of each wave. */
export function wavesOf(calls: readonly StoreCall[]): StoreCall[] {
  const waves: StoreCall[] = [];
  for (const call of calls) if (call.began >= (waves.at(-1)?.ended ?? -Infinity)) waves.push(call);
  return waves;
}

/** The adapters of this process, a network away. */
export function farCache(open: typeof createEmbeddedCache): typeof createEmbeddedCache {
  return (options) => {
    const cache = open(options);
    return {
      ...cache,
      getOrLoad: (key, load, by) => far(key, () => cache.getOrLoad(key, load, by)),
      getOrLoadMany: (keys, load, by) => far(`${keys[0]} …${keys.length}`, () => cache.getOrLoadMany(keys, load, by)),
      delete: (keys) => far('delete', () => cache.delete(keys)),
    };
  };
}

export function farImages(open: typeof createVersionedEmbeddedCache): typeof createVersionedEmbeddedCache {
  return <Value>(options?: Parameters<typeof open>[0]): VersionedCache<Value> => {
    const images = open<Value>(options);
    return {
      ...images,
      getMany: (keys) => far(`images:${keys[0]}`, () => images.getMany(keys)),
    };
  };
}

export function farTimelines(open: typeof createEmbeddedTimelineStore): typeof createEmbeddedTimelineStore {
  return (options) => {
    const store = open(options);
    return { ...store, read: (...slice) => far(`timeline:${slice[0]}`, () => store.read(...slice)) };
  };
}

async function far<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
  const calls = noted;
  if (calls === null) return call();
  const began = performance.now();
  await delay(ROUND_TRIP_MS);
  const result = await call();
  calls.push({ what, began, ended: performance.now() });
  return result;
}
