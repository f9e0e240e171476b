import type { Id } from '@starling/domain/ids.ts';
import type { TweetState } from '@starling/domain/visibility.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { foldRow, HASHTAGS_COLUMN } from './hashtags.ts';

/** The facts of a tweet that rules need. */
export type TweetFacts = {
  id: Id;
  authorId: Id;
  parentId: Id | null;
  parentAuthorId: Id | null;
  conversationId: Id;
  state: TweetState;
  /** In the form that is compared, in the order of the text. */
  hashtags: string[];
};

export type RetweetFacts = { id: Id; userId: Id; tweetId: Id };

/** A tweet, or a retweet: then `id` and `actorId` are the retweet's, all else is the tweet's. */
export type EntryRow = TweetFacts & { actorId: Id; tweetId: Id };

const TWEET_FACTS = `
  SELECT id, author_id AS "authorId", parent_id AS "parentId", parent_author_id AS "parentAuthorId",
         conversation_id AS "conversationId", state, ${HASHTAGS_COLUMN}
  FROM tweet WHERE id = ANY($1::bigint[])`;

export async function readTweetFacts(db: Queryable, ids: readonly Id[]): Promise<Map<Id, TweetFacts>> {
  const { rows } = await db.query<TweetFacts>({ name: 'read-tweet-facts', text: TWEET_FACTS, values: [ids] });
  return new Map(rows.map((row) => [row.id, foldRow(row)]));
}

const RETWEET_FACTS = `
  SELECT id, user_id AS "userId", tweet_id AS "tweetId" FROM retweet WHERE id = ANY($1::bigint[]) AND undone_at IS NULL`;

/** Retweets that stand. */
export async function readRetweetFacts(db: Queryable, ids: readonly Id[]): Promise<Map<Id, RetweetFacts>> {
  const { rows } = await db.query<RetweetFacts>({ name: 'read-retweet-facts', text: RETWEET_FACTS, values: [ids] });
  return new Map(rows.map((row) => [row.id, row]));
}

const RETWEETS_BY = `
  SELECT id FROM retweet WHERE tweet_id = $1 AND user_id = ANY($2::bigint[]) AND undone_at IS NULL ORDER BY id DESC`;

/** Retweets of one tweet by these people that stand, newest first. */
export async function findRetweets(
  db: Queryable,
  { tweetId, userIds }: { tweetId: Id; userIds: readonly Id[] },
): Promise<Id[]> {
  const values = [tweetId, userIds];
  const { rows } = await db.query<{ id: Id }>({ name: 'find-retweets', text: RETWEETS_BY, values });
  return rows.map(({ id }) => id);
}

/**
 * First a few entries of each person, whose `limit`-th newest is a lower bound for the answer; then everything above it.
 * So thousands of people are asked for a handful each, however much each of them has written.
 */
const BY_ACTORS = `
  WITH actor AS MATERIALIZED (SELECT DISTINCT id FROM unnest($1::bigint[]) AS a(id)),
  head AS (
    SELECT e.id FROM actor CROSS JOIN LATERAL (
      (SELECT t.id FROM tweet t
       WHERE t.author_id = actor.id AND t.state <> 'deleted' AND t.id < $2 AND t.id > $3
       ORDER BY t.id DESC LIMIT $5)
      UNION ALL
      (SELECT r.id FROM retweet r JOIN tweet t ON t.id = r.tweet_id AND t.state <> 'deleted'
       WHERE r.user_id = actor.id AND r.undone_at IS NULL AND r.id < $2 AND r.id > $3
       ORDER BY r.id DESC LIMIT $5)
    ) e ORDER BY e.id DESC LIMIT $4
  ),
  bound AS MATERIALIZED (SELECT CASE WHEN count(*) = $4 THEN min(id) - 1 ELSE $3 END AS id FROM head)
  SELECT e.id, e.actor_id AS "actorId", t.id AS "tweetId", t.author_id AS "authorId", t.parent_id AS "parentId",
         t.parent_author_id AS "parentAuthorId", t.conversation_id AS "conversationId", t.state, ${HASHTAGS_COLUMN}
  FROM (
    SELECT one.id, one.tweet_id, actor.id AS actor_id FROM actor CROSS JOIN LATERAL (
      (SELECT t.id, t.id AS tweet_id FROM tweet t
       WHERE t.author_id = actor.id AND t.state <> 'deleted' AND t.id < $2 AND t.id > (SELECT id FROM bound)
       ORDER BY t.id DESC LIMIT $4)
      UNION ALL
      (SELECT r.id, r.tweet_id FROM retweet r JOIN tweet t ON t.id = r.tweet_id AND t.state <> 'deleted'
       WHERE r.user_id = actor.id AND r.undone_at IS NULL AND r.id < $2 AND r.id > (SELECT id FROM bound)
       ORDER BY r.id DESC LIMIT $4)
    ) one ORDER BY one.id DESC LIMIT $4
  ) e JOIN tweet t ON t.id = e.tweet_id
  ORDER BY e.id DESC`;

const LEAST_HEAD = 2;

/** Newest first over all the people; both bounds exclusive. Deleted tweets, their retweets and undone retweets are absent. */
export async function listByActors(
  db: Queryable,
  { actorIds, beforeId, afterId, limit }: { actorIds: readonly Id[]; beforeId: Id; afterId: Id; limit: number },
): Promise<EntryRow[]> {
  const head = Math.min(limit, Math.max(LEAST_HEAD, Math.ceil((2 * limit) / Math.max(1, actorIds.length))));
  const values = [actorIds, beforeId, afterId, limit, head];
  const { rows } = await db.query<EntryRow>({ name: 'list-by-actors', text: BY_ACTORS, values });
  return rows.map(foldRow);
}
