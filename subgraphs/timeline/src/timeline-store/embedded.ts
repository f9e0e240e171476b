import type { Id } from '@starling/domain/ids.ts';
import type { FinishedBuild, TimelineLimits, TimelineSlice, TimelineStore } from './port.ts';
import { emptyIds, idsBelow, insertId, keepFrom, keepHighest, replaceIds, type SortedIds } from './sorted-ids.ts';

type List = SortedIds & {
  /** Nothing below it is held: `completeFrom` of a finished list, and of an unfinished one what trimming has cost so far. */
  floor: bigint;
  followsRevision: bigint;
  /** Token of the build that runs; null once finished. */
  building: string | null;
  readAt: number;
};

export type EmbeddedTimelineOptions = TimelineLimits & { /** Epoch milliseconds. */ now?: () => number };

/** Timelines in this process' memory: 8 bytes for each id that there is room for. */
export function createEmbeddedTimelineStore(options: EmbeddedTimelineOptions): TimelineStore {
  const lists = createLists(options);
  return {
    push: async (deliveries) =>
      deliveries.map(({ followerIds, entryIds }) => {
        const ids = entryIds.map(BigInt);
        const found = followerIds.map(lists.peek).filter((list) => list !== undefined);
        for (const list of found) pushTo(list, ids, options);
        return found.length;
      }),
    read: async (viewerId, { beforeId, limit, renews = true }) => {
      const list = renews ? lists.renew(viewerId) : lists.peek(viewerId);
      return list && list.building === null ? sliceOf(list, beforeId, limit) : null;
    },
    begin: async (viewerId, { token, followsRevision, renews = true }) => {
      const list = { ...emptyIds(), floor: 0n, followsRevision, building: token, readAt: 0 };
      if (renews || !lists.replace(viewerId, list)) lists.put(viewerId, list);
    },
    finish: async (viewerId, build) => finish(lists.peek(viewerId), build, options),
    reached: () => {},
    drop: async (viewerIds) => viewerIds.forEach((viewerId) => lists.remove(viewerId)),
    dropAll: async ({ onProgress } = {}) => {
      const dropped = lists.clear();
      onProgress?.(dropped, dropped);
      return dropped;
    },
    ping: async () => {},
    close: async () => void lists.clear(),
  };
}

function pushTo(list: List, ids: readonly bigint[], limits: TimelineLimits): void {
  for (const id of ids) if (id >= list.floor) insertId(list, id, mostOf(limits));
  trim(list, limits);
}

function finish(list: List | undefined, { token, ids, completeFrom }: FinishedBuild, limits: TimelineLimits): boolean {
  if (list?.building !== token) return false;
  const from = BigInt(completeFrom);
  if (from > list.floor) list.floor = from;
  replaceIds(list, [...idsBelow(list, null, list.length), ...ids.map(BigInt)], mostOf(limits));
  keepFrom(list, list.floor);
  trim(list, limits);
  list.building = null;
  return true;
}

function trim(list: List, { kept, trimAbove }: TimelineLimits): void {
  if (list.length <= trimAbove) return;
  const highestDropped = keepHighest(list, kept);
  if (highestDropped !== null) list.floor = highestDropped + 1n;
}

/** A list is cut when it has come to this. */
function mostOf({ trimAbove }: TimelineLimits): number {
  return trimAbove + 1;
}

function sliceOf(list: List, beforeId: Id, limit: number): TimelineSlice {
  return {
    header: { completeFrom: list.floor.toString().padStart(19, '0'), followsRevision: list.followsRevision },
    ids: idsBelow(list, BigInt(beforeId), limit).map(String),
  };
}

/** A map's order is the order of the last read here, so what expires or is evicted stands in front. */
function createLists({ maxTimelines, expiryMs, now = Date.now }: EmbeddedTimelineOptions) {
  const lists = new Map<Id, List>();
  const isExpired = (list: List): boolean => list.readAt + expiryMs <= now();

  function peek(viewerId: Id): List | undefined {
    const list = lists.get(viewerId);
    if (!list || !isExpired(list)) return list;
    lists.delete(viewerId);
    return undefined;
  }
  function put(viewerId: Id, list: List): void {
    list.readAt = now();
    lists.delete(viewerId);
    lists.set(viewerId, list);
    for (const [oldest, candidate] of lists) {
      if (lists.size <= maxTimelines && !isExpired(candidate)) return;
      lists.delete(oldest);
    }
  }
  /** In its place among the others. False if there is none. */
  function replace(viewerId: Id, list: List): boolean {
    const held = peek(viewerId);
    if (held) lists.set(viewerId, { ...list, readAt: held.readAt });
    return held !== undefined;
  }
  function renew(viewerId: Id): List | undefined {
    const list = peek(viewerId);
    if (list) put(viewerId, list);
    return list;
  }
  /** How many there were. */
  function clear(): number {
    const count = lists.size;
    lists.clear();
    return count;
  }
  return { peek, put, replace, renew, remove: (viewerId: Id) => lists.delete(viewerId), clear };
}
