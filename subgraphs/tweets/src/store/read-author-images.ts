import { newestFirst, type Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/**
 * The newest entries of a person, without what may change of their tweets: a tweet that a retweet shows may be deleted.
 * Complete at and above `completeFrom`.
 */
export type AuthorImage = {
  completeFrom: Id;
  /** Newest first, 38 digits each: the entry's id and the one of the tweet that it shows. */
  packed: string;
};

export type ImageEntry = { id: Id; actorId: Id; tweetId: Id };

/** As wide as an id and below every one: `completeFrom` of who has no older entries. */
export const FROM_THE_FIRST: Id = '0'.repeat(19);

const IMAGES = `
  SELECT actor.id AS "actorId", count(e.id)::int AS held, min(e.id) AS lowest,
         coalesce(string_agg(e.id::text || e.tweet_id::text, '' ORDER BY e.id DESC), '') AS packed
  FROM unnest($1::bigint[]) AS actor(id) LEFT JOIN LATERAL (
    SELECT one.id, one.tweet_id FROM (
      (SELECT t.id, t.id AS tweet_id FROM tweet t
       WHERE t.author_id = actor.id AND t.state <> 'deleted' ORDER BY t.id DESC LIMIT $2)
      UNION ALL
      (SELECT r.id, r.tweet_id FROM retweet r
       WHERE r.user_id = actor.id AND r.undone_at IS NULL ORDER BY r.id DESC LIMIT $2)
    ) one ORDER BY one.id DESC LIMIT $2
  ) e ON true
  GROUP BY actor.id`;

/** Of each of the people, up to `kept` entries. */
export async function readAuthorImages(
  db: Queryable,
  authorIds: readonly Id[],
  kept: number,
): Promise<Map<Id, AuthorImage>> {
  type Row = { actorId: Id; held: number; lowest: Id | null; packed: string };
  const { rows } = await db.query<Row>({ name: 'read-author-images', text: IMAGES, values: [authorIds, kept] });
  const completeFrom = ({ held, lowest }: Row) => (held < kept || lowest === null ? FROM_THE_FIRST : lowest);
  return new Map(rows.map((row) => [row.actorId, { completeFrom: completeFrom(row), packed: row.packed }]));
}

const ID = 19;
const ENTRY = 2 * ID;

/** The newest of all these people between two bounds, both exclusive, newest first. */
export function newestIn(
  images: ReadonlyMap<Id, AuthorImage>,
  { beforeId, afterId, limit }: { beforeId: Id; afterId: Id; limit: number },
): ImageEntry[] {
  const heads = [...images]
    .map(([actorId, { packed }]) => headAt(countFrom(packed, beforeId), { actorId, packed }))
    .sort((a, b) => newestFirst(b.id, a.id));
  const entries: ImageEntry[] = [];
  while (entries.length < limit) {
    const newest = heads.pop();
    if (newest === undefined || newest.id <= afterId) break;
    const { id, actorId, packed, at } = newest;
    entries.push({ id, actorId, tweetId: packed.slice(ENTRY * at + ID, ENTRY * (at + 1)) });
    const next = headAt(at + 1, newest);
    heads.splice(
      firstIndex(heads.length, (index) => (heads[index]?.id ?? '') > next.id),
      0,
      next,
    );
  }
  return entries;
}

/** The next entry of a person; its id is empty, below every other, where there is none. */
type Head = { id: Id; at: number; actorId: Id; packed: string };

function headAt(at: number, { actorId, packed }: Pick<Head, 'actorId' | 'packed'>): Head {
  return { id: packed.slice(ENTRY * at, ENTRY * at + ID), at, actorId, packed };
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
