import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** A place in a person's list of hashtags, latest follow first: since when (epoch milliseconds), and which. */
export type HashtagPlace = { atMs: number; tag: string };

/** Adds those of the person's follows that are missing. Answers with the tags that it added. */
export async function insertHashtagFollows(
  client: Queryable,
  userId: Id,
  tags: readonly string[],
  atMs: number,
): Promise<string[]> {
  const { rows } = await client.query<{ tag: string }>({
    name: 'insert-hashtag-follows',
    text: `INSERT INTO hashtag_follow (user_id, tag, since)
           SELECT $1, tag, to_timestamp($3::bigint / 1000.0) FROM unnest($2::text[]) AS t (tag)
           ON CONFLICT DO NOTHING RETURNING tag`,
    values: [userId, tags, atMs],
  });
  return rows.map(({ tag }) => tag);
}

/** Ends what is there of these follows and keeps their intervals. Answers with the tags of those it ended. */
export async function endHashtagFollows(
  client: Queryable,
  userId: Id,
  tags: readonly string[],
  atMs: number,
): Promise<string[]> {
  const { rows } = await client.query<{ tag: string }>({
    name: 'end-hashtag-follows',
    text: `WITH ended AS (
             DELETE FROM hashtag_follow WHERE user_id = $1 AND tag = ANY($2::text[]) RETURNING tag, since
           ), kept AS (
             INSERT INTO past_hashtag_follow (user_id, tag, since, until)
             SELECT $1, tag, since, greatest(since, to_timestamp($3::bigint / 1000.0)) FROM ended
           )
           SELECT tag FROM ended`,
    values: [userId, tags, atMs],
  });
  return rows.map(({ tag }) => tag);
}

/** How many hashtags a person follows, and whether this one is among them. */
export async function countHashtagFollows(
  db: Queryable,
  userId: Id,
  tag: string,
): Promise<{ count: number; isFollowed: boolean }> {
  const { rows } = await db.query<{ count: number; isFollowed: boolean }>({
    name: 'count-hashtag-follows',
    text: `SELECT count(*)::int AS count, coalesce(bool_or(tag = $2), false) AS "isFollowed"
           FROM hashtag_follow WHERE user_id = $1`,
    values: [userId, tag],
  });
  return rows[0] ?? { count: 0, isFollowed: false };
}

/** Up to `limit` hashtags that a person follows. */
export async function findHashtagsOf(db: Queryable, userId: Id, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ tag: string }>({
    name: 'find-hashtags-of',
    text: 'SELECT tag FROM hashtag_follow WHERE user_id = $1 LIMIT $2',
    values: [userId, limit],
  });
  return rows.map(({ tag }) => tag);
}

/** Hashtags that a person follows below a place, latest follow first. */
export async function readFollowedHashtags(
  db: Queryable,
  userId: Id,
  after: HashtagPlace | null,
  limit: number,
): Promise<HashtagPlace[]> {
  const bound = after === null ? ['infinity', ''] : [new Date(after.atMs).toISOString(), after.tag];
  const { rows } = await db.query<{ tag: string; since: Date }>({
    name: 'read-followed-hashtags',
    text: `SELECT tag, since FROM hashtag_follow
           WHERE user_id = $1 AND (since, tag) < ($2::timestamptz, $3::text)
           ORDER BY since DESC, tag DESC LIMIT $4`,
    values: [userId, ...bound, limit],
  });
  return rows.map(({ tag, since }) => ({ tag, atMs: since.getTime() }));
}

/** Forgets up to `limit` past follows of a person's. Answers how many. */
export async function deletePastHashtagFollows(db: Queryable, userId: Id, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete-past-hashtag-follows',
    text: `DELETE FROM past_hashtag_follow
           WHERE id IN (SELECT id FROM past_hashtag_follow WHERE user_id = $1 LIMIT $2)`,
    values: [userId, limit],
  });
  return rowCount ?? 0;
}
