import type { Id } from '@starling/domain/ids.ts';
import type { PoolClient } from '@starling/kit/postgres/pool.ts';
import { tweetRetweeted } from '../publishes.ts';
import type { Stale } from '../stale.ts';
import type { Retweet } from '../tweet.ts';
import { count, type Change } from './count.ts';
import { commitFacts, type Database } from './database.ts';
import { lockImports, takeImportIds } from './import-ids.ts';

export type PastEngagement = { userId: Id; tweetId: Id; kind: 'like' | 'retweet'; atMs: number };

/** Stores those that do not stand yet, of tweets that are not gone, with their events and counters. */
export async function storePastEngagements(
  db: Database,
  past: readonly PastEngagement[],
  at: number,
): Promise<{ likes: number; retweetIds: Id[] }> {
  return commitFacts(db, async (client, append, concern) => {
    await lockImports(client);
    concern(staleByAll(past));
    const likes = await insertLikes(
      client,
      past.filter(({ kind }) => kind === 'like'),
    );
    const retweets = await insertRetweets(
      client,
      past.filter(({ kind }) => kind === 'retweet'),
    );
    const changes: Change[] = [
      ...likes.map(({ userId, tweetId }): Change => ({ tweetId, actorId: userId, action: 'like' })),
      ...retweets.map(({ userId, tweetId }): Change => ({ tweetId, actorId: userId, action: 'retweet' })),
    ];
    await append([...retweets.map((retweet) => tweetRetweeted(retweet, at)), ...(await count(client, changes, at))]);
    return { likes: likes.length, retweetIds: retweets.map(({ id }) => id) };
  });
}

function staleByAll(past: readonly PastEngagement[]): Stale {
  return {
    countedIds: past.map(({ tweetId }) => tweetId),
    markerIds: past.map(({ userId }) => userId),
    authorIds: past.filter(({ kind }) => kind === 'retweet').map(({ userId }) => userId),
  };
}

/** In the order of their keys, as every bulk change takes rows. */
const LIKES = `
  INSERT INTO tweet_like (user_id, tweet_id, liked_at)
  SELECT p.user_id, p.tweet_id, p.liked_at
  FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS p(user_id, tweet_id, liked_at)
  JOIN tweet t ON t.id = p.tweet_id AND t.state <> 'deleted'
  ORDER BY p.user_id, p.tweet_id, p.liked_at
  ON CONFLICT DO NOTHING
  RETURNING user_id AS "userId", tweet_id AS "tweetId"`;

async function insertLikes(
  client: PoolClient,
  past: readonly PastEngagement[],
): Promise<{ userId: Id; tweetId: Id }[]> {
  if (past.length === 0) return [];
  const values = [
    past.map(({ userId }) => userId),
    past.map(({ tweetId }) => tweetId),
    past.map(({ atMs }) => new Date(atMs)),
  ];
  const { rows } = await client.query<{ userId: Id; tweetId: Id }>(LIKES, values);
  return rows;
}

const RETWEETS = `
  INSERT INTO retweet (id, user_id, tweet_id, author_id)
  SELECT p.id, p.user_id, p.tweet_id, t.author_id
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS p(id, user_id, tweet_id)
  JOIN tweet t ON t.id = p.tweet_id AND t.state <> 'deleted'
  ORDER BY p.user_id, p.tweet_id, p.id
  ON CONFLICT (user_id, tweet_id) WHERE undone_at IS NULL DO NOTHING
  RETURNING id, user_id AS "userId", tweet_id AS "tweetId", author_id AS "authorId"`;

async function insertRetweets(client: PoolClient, past: readonly PastEngagement[]): Promise<Retweet[]> {
  if (past.length === 0) return [];
  const ids = await takeImportIds(
    client,
    'retweet',
    past.map(({ atMs }) => atMs),
  );
  const { rows } = await client.query<Retweet>(RETWEETS, [
    ids,
    past.map(({ userId }) => userId),
    past.map(({ tweetId }) => tweetId),
  ]);
  return rows;
}
