import type { Id } from '@starling/domain/ids.ts';
import type { PoolClient, Queryable } from '@starling/kit/postgres/pool.ts';
import type { FactEvent } from '../publishes.ts';
import { tagsOf, type Tweet } from '../tweet.ts';
import { count, type Change } from './count.ts';
import { commitFacts, type Database } from './database.ts';

/** What a client asked for under a key of its own. */
export type Claim = { userId: Id; key: string; requestHash: string; expiresAt: Date };
export type Claimed = { requestHash: string; tweetId: Id };

export type NewTweet = {
  tweet: Tweet;
  event: FactEvent;
  /** The parent's and the quoted tweet's counters. */
  changes: readonly Change[];
  claim: Claim | null;
  /** Epoch milliseconds. */
  at: number;
};

/**
 * Stores a tweet with its event, counters and idempotency key, together or not at all.
 * Gives what holds the key if another tweet does; then nothing was stored.
 */
export function appendTweet(db: Database, { tweet, event, changes, claim, at }: NewTweet): Promise<Claimed | null> {
  return commitFacts(db, async (client, append) => {
    const holder = claim && (await takeKey(client, claim, { tweetId: tweet.id, at }));
    if (holder) return holder;
    await insertTweet(client, tweet);
    await append([event, ...(await count(client, changes, at))]);
    return null;
  });
}

const INSERT = `
  WITH counter AS (INSERT INTO tweet_counter (tweet_id) VALUES ($1)),
  tagged AS (INSERT INTO tweet_hashtag (tag, tweet_id) SELECT tag, $1 FROM unnest($11::text[]) AS t(tag))
  INSERT INTO tweet (id, author_id, text, entities, parent_id, parent_author_id, conversation_id, quoted_id, state, revision)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

async function insertTweet(client: PoolClient, tweet: Tweet): Promise<void> {
  const { id, authorId, text, entities, parentId, parentAuthorId, conversationId, quotedId, state, revision } = tweet;
  const values = [
    id,
    authorId,
    text,
    JSON.stringify(entities),
    parentId,
    parentAuthorId,
    conversationId,
    quotedId,
    state,
    revision,
    tagsOf(tweet),
  ];
  await client.query({ name: 'insert-tweet', text: INSERT, values });
}

/** A second taker waits here for the first to commit. A key that is past its time is free. */
const TAKE_KEY = `
  INSERT INTO idempotency_key AS held (user_id, key, request_hash, tweet_id, expires_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (user_id, key) DO UPDATE
    SET request_hash = excluded.request_hash, tweet_id = excluded.tweet_id, expires_at = excluded.expires_at
    WHERE held.expires_at <= $6`;

async function takeKey(
  client: PoolClient,
  claim: Claim,
  { tweetId, at }: { tweetId: Id; at: number },
): Promise<Claimed | null> {
  const { userId, key, requestHash, expiresAt } = claim;
  const values = [userId, key, requestHash, tweetId, expiresAt, new Date(at)];
  const { rowCount } = await client.query({ name: 'take-idempotency-key', text: TAKE_KEY, values });
  return rowCount === 1 ? null : await readClaimed(client, { userId, key, at });
}

const READ_KEY = `
  SELECT request_hash AS "requestHash", tweet_id AS "tweetId" FROM idempotency_key
  WHERE user_id = $1 AND key = $2 AND expires_at > $3`;

/** What holds the key now, if anything does. */
export async function readClaimed(
  db: Queryable,
  { userId, key, at }: { userId: Id; key: string; at: number },
): Promise<Claimed | null> {
  const query = { name: 'read-idempotency-key', text: READ_KEY, values: [userId, key, new Date(at)] };
  const { rows } = await db.query<Claimed>(query);
  return rows[0] ?? null;
}

/** Looked at twice: one that was chosen may be taken anew before it is deleted. */
const PRUNE_KEYS = `
  DELETE FROM idempotency_key WHERE expires_at <= $1 AND (user_id, key) IN (
    SELECT user_id, key FROM idempotency_key WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
  )`;

/** Forgets up to `limit` keys that are past their time. Answers how many. */
export async function pruneIdempotencyKeys(
  db: Queryable,
  { at, limit }: { at: number; limit: number },
): Promise<number> {
  const { rowCount } = await db.query(PRUNE_KEYS, [new Date(at), limit]);
  return rowCount ?? 0;
}
