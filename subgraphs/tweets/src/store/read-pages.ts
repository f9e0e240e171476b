import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

const ANCESTORS = `
  WITH RECURSIVE up AS (
    SELECT parent_id AS id, 1 AS height FROM tweet WHERE id = $1 AND parent_id IS NOT NULL
    UNION ALL
    SELECT t.parent_id, up.height + 1 FROM up JOIN tweet t ON t.id = up.id
    WHERE t.parent_id IS NOT NULL AND up.height < $2
  )
  SELECT id FROM up ORDER BY height DESC`;

/** What the tweet answers: its parent last, before it what that one answers, and so on; the nearest `limit`. */
export async function readAncestors(db: Queryable, tweetId: Id, limit: number): Promise<Id[]> {
  const { rows } = await db.query<{ id: Id }>({ name: 'read-ancestors', text: ANCESTORS, values: [tweetId, limit] });
  return rows.map(({ id }) => id);
}

const REPLIES = 'SELECT id FROM tweet WHERE parent_id = $1 AND id > $2 ORDER BY id LIMIT $3';

/** Direct replies, oldest first, deleted ones too. */
export async function readReplies(
  db: Queryable,
  { tweetId, afterId, limit }: { tweetId: Id; afterId: Id; limit: number },
): Promise<Id[]> {
  const { rows } = await db.query<{ id: Id }>({
    name: 'read-replies',
    text: REPLIES,
    values: [tweetId, afterId, limit],
  });
  return rows.map(({ id }) => id);
}

/** Place in a list that is ordered by time (epoch milliseconds) and then id, latest first. */
export type Place = { atMs: number; id: Id };

const LIKERS = `
  SELECT user_id AS id, liked_at AS at FROM tweet_like
  WHERE tweet_id = $1 AND (liked_at, user_id) < ($2, $3)
  ORDER BY liked_at DESC, user_id DESC LIMIT $4`;

const BOOKMARKS = `
  SELECT tweet_id AS id, bookmarked_at AS at FROM bookmark
  WHERE user_id = $1 AND (bookmarked_at, tweet_id) < ($2, $3)
  ORDER BY bookmarked_at DESC, tweet_id DESC LIMIT $4`;

type PlaceQuery = { of: Id; after: Place | null; limit: number };

/** Who likes the tweet, latest like first. */
export function readLikers(db: Queryable, query: PlaceQuery): Promise<Place[]> {
  return readPlaces(db, { name: 'read-likers', text: LIKERS }, query);
}

/** What the person bookmarked, latest bookmark first. */
export function readBookmarks(db: Queryable, query: PlaceQuery): Promise<Place[]> {
  return readPlaces(db, { name: 'read-bookmarks', text: BOOKMARKS }, query);
}

async function readPlaces(
  db: Queryable,
  statement: { name: string; text: string },
  { of, after, limit }: PlaceQuery,
): Promise<Place[]> {
  const values = [of, after === null ? 'infinity' : new Date(after.atMs), after?.id ?? 0, limit];
  const { rows } = await db.query<{ id: Id; at: Date }>({ ...statement, values });
  return rows.map(({ id, at }) => ({ id, atMs: at.getTime() }));
}

const RETWEETERS = `
  SELECT id, user_id AS "userId" FROM retweet
  WHERE tweet_id = $1 AND undone_at IS NULL AND id < $2
  ORDER BY id DESC LIMIT $3`;

/** `id` is the retweet's. */
export type Retweeter = { id: Id; userId: Id };

/** Who retweets the tweet, latest first. */
export async function readRetweeters(
  db: Queryable,
  { tweetId, beforeId, limit }: { tweetId: Id; beforeId: Id; limit: number },
): Promise<Retweeter[]> {
  const values = [tweetId, beforeId, limit];
  const { rows } = await db.query<Retweeter>({ name: 'read-retweeters', text: RETWEETERS, values });
  return rows;
}
