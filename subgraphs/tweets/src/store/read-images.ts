import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { FROM_THE_FIRST, type EntryImage } from '../entry-image.ts';

const OF_AUTHORS = `
  SELECT actor.id AS key, count(e.id)::int AS held, min(e.id) AS lowest,
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
export function readAuthorImages(db: Queryable, authorIds: readonly Id[], kept: number): Promise<Map<Id, EntryImage>> {
  return readImages(db, { name: 'read-author-images', text: OF_AUTHORS }, authorIds, kept);
}

const OF_HASHTAGS = `
  SELECT wanted.tag AS key, count(e.id)::int AS held, min(e.id) AS lowest,
         coalesce(string_agg(e.id::text || e.id::text, '' ORDER BY e.id DESC), '') AS packed
  FROM unnest($1::text[]) AS wanted(tag) LEFT JOIN LATERAL (
    SELECT h.tweet_id AS id FROM tweet_hashtag h WHERE h.tag = wanted.tag ORDER BY h.tweet_id DESC LIMIT $2
  ) e ON true
  GROUP BY wanted.tag`;

/** Of each of the hashtags, in the form that is compared, up to `kept` tweets. */
export function readHashtagImages(
  db: Queryable,
  hashtags: readonly string[],
  kept: number,
): Promise<Map<string, EntryImage>> {
  return readImages(db, { name: 'read-hashtag-images', text: OF_HASHTAGS }, hashtags, kept);
}

async function readImages(
  db: Queryable,
  statement: { name: string; text: string },
  keys: readonly string[],
  kept: number,
): Promise<Map<string, EntryImage>> {
  type Row = { key: string; held: number; lowest: Id | null; packed: string };
  const { rows } = await db.query<Row>({ ...statement, values: [keys, kept] });
  const completeFrom = ({ held, lowest }: Row) => (held < kept || lowest === null ? FROM_THE_FIRST : lowest);
  return new Map(rows.map((row) => [row.key, { completeFrom: completeFrom(row), packed: row.packed }]));
}
