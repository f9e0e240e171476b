import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** A place in a list of people, latest first: since when (epoch milliseconds), and who. */
export type Place = { atMs: number; userId: Id };

export type FollowersQuery = { userId: Id; afterId: Id | null; limit: number };

/** Ids of followers above `afterId`, ascending. */
export async function readFollowerIds(db: Queryable, { userId, afterId, limit }: FollowersQuery): Promise<Id[]> {
  const { rows } = await db.query<{ follower_id: Id }>({
    name: 'read-follower-ids',
    text: 'SELECT follower_id FROM follow WHERE followee_id = $1 AND follower_id > $2 ORDER BY follower_id LIMIT $3',
    values: [userId, afterId ?? 0, limit],
  });
  return rows.map((row) => row.follower_id);
}

/** Of these, those who were famous at a moment. */
export async function readFamousFollowerIds(
  db: Queryable,
  { userId, afterId, limit }: FollowersQuery,
  atMs: number,
): Promise<Id[]> {
  const { rows } = await db.query<{ follower_id: Id }>({
    name: 'read-famous-follower-ids',
    text: `SELECT follower_id FROM follow JOIN fame ON fame.user_id = follower_id
           WHERE followee_id = $1 AND follower_id > $2
             AND begins_at <= $4::timestamptz AND (ends_at IS NULL OR ends_at > $4::timestamptz)
           ORDER BY follower_id LIMIT $3`,
    values: [userId, afterId ?? 0, limit, new Date(atMs)],
  });
  return rows.map((row) => row.follower_id);
}

/** Followers below a place, latest follow first. */
export async function readFollowers(db: Queryable, userId: Id, after: Place | null, limit: number): Promise<Place[]> {
  const { rows } = await db.query<PlaceRow>({
    name: 'read-followers',
    text: `SELECT follower_id AS user_id, since FROM follow
           WHERE followee_id = $1 AND (since, follower_id) < ($2::timestamptz, $3::bigint)
           ORDER BY since DESC, follower_id DESC LIMIT $4`,
    values: [userId, ...boundOf(after), limit],
  });
  return rows.map(toPlace);
}

/** Followees below a place, latest follow first. */
export async function readFollowing(db: Queryable, userId: Id, after: Place | null, limit: number): Promise<Place[]> {
  const { rows } = await db.query<PlaceRow>({
    name: 'read-following',
    text: `SELECT followee_id AS user_id, since FROM follow
           WHERE follower_id = $1 AND (since, followee_id) < ($2::timestamptz, $3::bigint)
           ORDER BY since DESC, followee_id DESC LIMIT $4`,
    values: [userId, ...boundOf(after), limit],
  });
  return rows.map(toPlace);
}

type PlaceRow = { user_id: string; since: Date };

function boundOf(after: Place | null): [string, string] {
  return after === null ? ['infinity', '0'] : [new Date(after.atMs).toISOString(), after.userId];
}

function toPlace(row: PlaceRow): Place {
  return { atMs: row.since.getTime(), userId: row.user_id };
}
