import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** Somebody at a moment, in epoch milliseconds, and how many they may have followed then. */
export type PastQuery = { userId: Id; atMs: number; limit: number };

/** Whom a person followed at a moment, those followed longest first. */
export async function readFollowingAt(db: Queryable, { userId, atMs, limit }: PastQuery): Promise<Id[]> {
  const { rows } = await db.query<{ followee_id: Id }>({
    name: 'read-following-at',
    text: `SELECT followee_id FROM (
             SELECT followee_id, since FROM follow WHERE follower_id = $1 AND since <= $2
             UNION ALL
             SELECT followee_id, since FROM past_follow WHERE follower_id = $1 AND until > $2 AND since <= $2
           ) AS held GROUP BY followee_id ORDER BY min(since), followee_id LIMIT $3`,
    values: [userId, new Date(atMs), limit],
  });
  return rows.map((row) => row.followee_id);
}

/** Which hashtags a person followed at a moment, those followed longest first. */
export async function readHashtagsAt(db: Queryable, { userId, atMs, limit }: PastQuery): Promise<string[]> {
  const { rows } = await db.query<{ tag: string }>({
    name: 'read-hashtags-at',
    text: `SELECT tag FROM (
             SELECT tag, since FROM hashtag_follow WHERE user_id = $1 AND since <= $2
             UNION ALL
             SELECT tag, since FROM past_hashtag_follow WHERE user_id = $1 AND until > $2 AND since <= $2
           ) AS held GROUP BY tag ORDER BY min(since), tag LIMIT $3`,
    values: [userId, new Date(atMs), limit],
  });
  return rows.map((row) => row.tag);
}

/** When a person last ceased to follow each of the others, in epoch milliseconds; those never unfollowed are absent. */
export async function readFollowEnds(
  db: Queryable,
  userId: Id,
  otherIds: readonly Id[],
): Promise<{ otherId: Id; atMs: number }[]> {
  const { rows } = await db.query<{ followee_id: Id; until: Date }>({
    name: 'read-follow-ends',
    text: `SELECT followee_id, max(until) AS until FROM past_follow
           WHERE follower_id = $1 AND followee_id = ANY($2::bigint[]) GROUP BY followee_id`,
    values: [userId, otherIds],
  });
  return rows.map((row) => ({ otherId: row.followee_id, atMs: row.until.getTime() }));
}
