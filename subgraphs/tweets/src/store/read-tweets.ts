import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import type { Counters, Tweet } from '../tweet.ts';

const COLUMNS = `
  SELECT id, author_id AS "authorId", text, entities, parent_id AS "parentId", parent_author_id AS "parentAuthorId",
         conversation_id AS "conversationId", quoted_id AS "quotedId", state, revision
  FROM tweet`;
const TWEETS = `${COLUMNS} WHERE id = ANY($1::bigint[])`;

/** Deleted ones too, blank. Ids that never were are absent. */
export async function readTweets(db: Queryable, ids: readonly Id[]): Promise<Map<Id, Tweet>> {
  const { rows } = await db.query<Tweet>({ name: 'read-tweets', text: TWEETS, values: [ids] });
  return new Map(rows.map((tweet) => [tweet.id, tweet]));
}

/** Every tweet in pages, ascending by id; deleted ones too, blank. */
export async function listTweets(
  db: Queryable,
  { afterId, limit }: { /** Exclusive. */ afterId: Id; limit: number },
): Promise<Tweet[]> {
  const text = `${COLUMNS} WHERE id > $1 ORDER BY id LIMIT $2`;
  const { rows } = await db.query<Tweet>({ name: 'list-tweets', text, values: [afterId, limit] });
  return rows;
}

const COUNTERS = `
  SELECT tweet_id AS "tweetId", like_count AS "likeCount", retweet_count AS "retweetCount",
         reply_count AS "replyCount", quote_count AS "quoteCount", revision
  FROM tweet_counter WHERE tweet_id = ANY($1::bigint[])`;

export async function readCounters(db: Queryable, ids: readonly Id[]): Promise<Map<Id, Counters>> {
  const { rows } = await db.query<Counters>({ name: 'read-counters', text: COUNTERS, values: [ids] });
  return new Map(rows.map((counters) => [counters.tweetId, counters]));
}

/** What a person can have done with a tweet. */
export type Mark = 'liked' | 'retweeted' | 'bookmarked';

const MARKED: Record<Mark, string> = {
  liked: 'SELECT tweet_id FROM tweet_like WHERE user_id = $1 AND tweet_id = ANY($2::bigint[])',
  retweeted: 'SELECT tweet_id FROM retweet WHERE user_id = $1 AND tweet_id = ANY($2::bigint[]) AND undone_at IS NULL',
  bookmarked: 'SELECT tweet_id FROM bookmark WHERE user_id = $1 AND tweet_id = ANY($2::bigint[])',
};

/** Those of the tweets that the person has marked so. */
export async function readMarked(db: Queryable, mark: Mark, userId: Id, ids: readonly Id[]): Promise<Set<Id>> {
  const query = { name: `read-${mark}`, text: MARKED[mark], values: [userId, ids] };
  const { rows } = await db.query<{ tweet_id: Id }>(query);
  return new Set(rows.map((row) => row.tweet_id));
}
