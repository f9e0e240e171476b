/** Distinct ids in ascending order at the front of a typed array that grows by doubling. */
export type SortedIds = { ids: BigUint64Array; length: number };

const FIRST_CAPACITY = 16;

export function emptyIds(): SortedIds {
  return { ids: new BigUint64Array(FIRST_CAPACITY), length: 0 };
}

/** Most ids are newer than all others: those are appended, the rest find their place. */
export function insertId(list: SortedIds, id: bigint): void {
  // Each id that is looked at becomes an object of the heap: of most lists that is one.
  const isNewest = list.length === 0 || (list.ids[list.length - 1] ?? 0n) < id;
  const place = isNewest ? list.length : firstAtOrAbove(list, id);
  if (place < list.length && list.ids[place] === id) return;
  if (list.length === list.ids.length) grow(list);
  list.ids.copyWithin(place + 1, place, list.length);
  list.ids[place] = id;
  list.length += 1;
}

/** Newest first; `before` is exclusive, null for no bound. */
export function idsBelow(list: SortedIds, before: bigint | null, limit: number): bigint[] {
  const end = before === null ? list.length : firstAtOrAbove(list, before);
  return Array.from(list.ids.subarray(Math.max(0, end - limit), end)).reverse();
}

/** Ids in any order, with repetitions. */
export function replaceIds(list: SortedIds, ids: readonly bigint[]): void {
  list.ids = BigUint64Array.from(new Set(ids)).sort();
  list.length = list.ids.length;
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

function grow(list: SortedIds): void {
  const roomier = new BigUint64Array(Math.max(FIRST_CAPACITY, list.ids.length * 2));
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
