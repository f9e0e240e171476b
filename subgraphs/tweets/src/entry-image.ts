import { newestFirst, type Id } from '@starling/domain/ids.ts';

/**
 * The newest entries of a person or of a hashtag, without what may change of their tweets: those may be deleted since. Complete at and
 * above `completeFrom`.
 */
export type EntryImage = {
  completeFrom: Id;
  /** Newest first, 38 digits each: the entry's id and the one of the tweet that it shows. */
  packed: string;
};

export type ImageEntry = {
  id: Id;
  tweetId: Id;
  /** Of an image that has it: the person's id, or the hashtag. */
  key: string;
};

/** As wide as an id and below every one: `completeFrom` of what has no older entries. */
export const FROM_THE_FIRST: Id = '0'.repeat(19);

const ID = 19;
const ENTRY = 2 * ID;

/** The newest in all these images between two bounds, both exclusive, newest first, each once. */
export function newestIn(
  images: ReadonlyMap<string, EntryImage>,
  { beforeId, afterId, limit }: { beforeId: Id; afterId: Id; limit: number },
): ImageEntry[] {
  const heads = [...images]
    .map(([key, { packed }]) => headAt(countFrom(packed, beforeId), { key, packed }))
    .sort((a, b) => newestFirst(b.id, a.id));
  const entries: ImageEntry[] = [];
  while (entries.length < limit) {
    const newest = heads.pop();
    if (newest === undefined || newest.id <= afterId) break;
    const { id, key, packed, at } = newest;
    const tweetId = packed.slice(ENTRY * at + ID, ENTRY * (at + 1));
    if (entries.at(-1)?.id !== id) entries.push({ id, tweetId, key });
    const next = headAt(at + 1, newest);
    heads.splice(
      firstIndex(heads.length, (index) => (heads[index]?.id ?? '') > next.id),
      0,
      next,
    );
  }
  return entries;
}

/** The next entry of an image; its id is empty, below every other, where there is none. */
type Head = { id: Id; at: number; key: string; packed: string };

function headAt(at: number, { key, packed }: Pick<Head, 'key' | 'packed'>): Head {
  return { id: packed.slice(ENTRY * at, ENTRY * at + ID), at, key, packed };
}

/** How many entries are at or above an id. */
function countFrom(packed: string, id: Id): number {
  return firstIndex(packed.length / ENTRY, (index) => packed.slice(index * ENTRY, index * ENTRY + ID) < id);
}

/** Of so many in order, the first one that lies beyond something; their number if none does. */
function firstIndex(count: number, isBeyond: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBeyond(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
