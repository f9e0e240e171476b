/** Distinct ids in ascending order at the front of a typed array. */
export type SortedIds = { ids: BigUint64Array; length: number };

const LEAST_ROOM = 64;

export function emptyIds(): SortedIds {
  return { ids: new BigUint64Array(LEAST_ROOM), length: 0 };
}

/** Most ids are newer than all others: those are appended, the rest find their place. `most` as for `roomFor`. */
export function insertId(list: SortedIds, id: bigint, most: number): void {
  // Each id that is looked at becomes an object of the heap: of most lists that is one.
  const isNewest = list.length === 0 || (list.ids[list.length - 1] ?? 0n) < id;
  const place = isNewest ? list.length : firstAtOrAbove(list, id);
  if (place < list.length && list.ids[place] === id) return;
  if (list.length === list.ids.length) grow(list, roomFor(list.length + 1, most));
  list.ids.copyWithin(place + 1, place, list.length);
  list.ids[place] = id;
  list.length += 1;
}

/** Newest first; `before` is exclusive, null for no bound. */
export function idsBelow(list: SortedIds, before: bigint | null, limit: number): bigint[] {
  const end = before === null ? list.length : firstAtOrAbove(list, before);
  return Array.from(list.ids.subarray(Math.max(0, end - limit), end)).reverse();
}

/** By ids in any order, with repetitions; there is room for one more, as what was built is pushed to next. */
export function replaceIds(list: SortedIds, ids: readonly bigint[], most: number): void {
  const sorted = BigUint64Array.from(new Set(ids)).sort();
  list.ids = sorted;
  list.length = sorted.length;
  grow(list, roomFor(sorted.length + 1, most));
}

export function keepFrom(list: SortedIds, lowest: bigint): void {
  dropLowest(list, firstAtOrAbove(list, lowest));
}

/** Returns the highest id that had to go; null if none had to. */
export function keepHighest(list: SortedIds, count: number): bigint | null {
  const dropped = list.length - count;
  if (dropped <= 0) return null;
  const highestDropped = list.ids[dropped - 1] ?? null;
  dropLowest(list, dropped);
  return highestDropped;
}

function dropLowest(list: SortedIds, count: number): void {
  list.ids.copyWithin(0, count, list.length);
  list.length -= count;
}

/**
 * Doubles, but for `most`, which a list seldom exceeds: one that is full has just that, and never grows again. A push to many lists would
 * else replace them all at once, which is memory outside of the heap, and makes it be collected as a whole.
 */
function roomFor(count: number, most: number): number {
  const doubled = Math.max(LEAST_ROOM, 2 ** Math.ceil(Math.log2(count)));
  return count <= most ? Math.min(doubled, most) : doubled;
}

function grow(list: SortedIds, room: number): void {
  const roomier = new BigUint64Array(room);
  roomier.set(list.ids);
  list.ids = roomier;
}

function firstAtOrAbove({ ids, length }: SortedIds, id: bigint): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0n) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
