import type { Id } from '@starling/domain/ids.ts';
import type { PoolClient } from '@starling/kit/postgres/pool.ts';
import { personForgotten, tweetDeleted, tweetUnretweeted, type FactEvent } from '../publishes.ts';
import { changesBy, count, type Change } from './count.ts';
import { commitFacts, type Database } from './database.ts';
import { removeHashtags } from './hashtags.ts';

type Person = { userId: Id; at: number; limit: number };
type Effect = { rows: number; events: FactEvent[]; changes: Change[] };

/** Takes away up to `limit` each of a person's tweets, retweets, undone ones too, likes, bookmarks and keys. Gives how many rows. Done when it finds none. */
export async function erasePersonSome(db: Database, person: Person): Promise<number> {
  return commitFacts(db, async (client, append) => {
    const effects = [
      await eraseTweets(client, person),
      await eraseRetweets(client, person),
      await eraseUndoneRetweets(client, person),
      await eraseLikes(client, person),
      await eraseUncounted(client, 'bookmark', person),
      await eraseUncounted(client, 'idempotency_key', person),
    ];
    const counted = await count(
      client,
      effects.flatMap(({ changes }) => changes),
      person.at,
    );
    await append([...effects.flatMap(({ events }) => events), ...counted]);
    return effects.reduce((sum, { rows }) => sum + rows, 0);
  });
}

const TWEETS = `
  WITH mine AS MATERIALIZED (
    SELECT id FROM tweet WHERE author_id = $1 AND state <> 'deleted' ORDER BY id DESC LIMIT $2 FOR UPDATE
  )
  UPDATE tweet t SET state = 'deleted', text = '', entities = '[]', revision = t.revision + 1
  FROM mine WHERE t.id = mine.id
  RETURNING t.id, author_id AS "authorId", parent_id AS "parentId", quoted_id AS "quotedId", revision`;

type Gone = { id: Id; authorId: Id; parentId: Id | null; quotedId: Id | null; revision: number };

async function eraseTweets(client: PoolClient, { userId, at, limit }: Person): Promise<Effect> {
  const { rows } = await client.query<Gone>(TWEETS, [userId, limit]);
  await removeHashtags(
    client,
    rows.map(({ id }) => id),
  );
  return {
    rows: rows.length,
    events: rows.map((gone) => tweetDeleted(gone, at)),
    changes: rows.flatMap((gone) => changesBy(gone, 'going')),
  };
}

const RETWEETS = `
  WITH mine AS MATERIALIZED (
    SELECT id FROM retweet WHERE user_id = $1 AND undone_at IS NULL ORDER BY id DESC LIMIT $2 FOR UPDATE
  )
  DELETE FROM retweet r USING mine WHERE r.id = mine.id
  RETURNING r.id, r.tweet_id AS "tweetId"`;

async function eraseRetweets(client: PoolClient, { userId, at, limit }: Person): Promise<Effect> {
  const { rows } = await client.query<{ id: Id; tweetId: Id }>(RETWEETS, [userId, limit]);
  return {
    rows: rows.length,
    events: rows.map(({ id, tweetId }) => tweetUnretweeted({ id, userId, tweetId }, at)),
    changes: rows.map(({ tweetId }) => ({ tweetId, actorId: userId, action: 'unretweet' })),
  };
}

const UNDONE_RETWEETS = `
  DELETE FROM retweet WHERE id IN (
    SELECT id FROM retweet WHERE user_id = $1 AND undone_at IS NOT NULL ORDER BY id DESC LIMIT $2
  )`;

/** They have been told, and count no more. */
async function eraseUndoneRetweets(client: PoolClient, { userId, limit }: Person): Promise<Effect> {
  const { rowCount } = await client.query(UNDONE_RETWEETS, [userId, limit]);
  return { rows: rowCount ?? 0, events: [], changes: [] };
}

const LIKES = `
  WITH mine AS MATERIALIZED (
    SELECT tweet_id FROM tweet_like WHERE user_id = $1 ORDER BY tweet_id LIMIT $2 FOR UPDATE
  )
  DELETE FROM tweet_like l USING mine WHERE l.user_id = $1 AND l.tweet_id = mine.tweet_id
  RETURNING l.tweet_id AS "tweetId"`;

async function eraseLikes(client: PoolClient, { userId, limit }: Person): Promise<Effect> {
  const { rows } = await client.query<{ tweetId: Id }>(LIKES, [userId, limit]);
  const changes = rows.map(({ tweetId }): Change => ({ tweetId, actorId: userId, action: 'unlike' }));
  return { rows: rows.length, events: [], changes };
}

const UNCOUNTED = { bookmark: 'tweet_id', idempotency_key: 'key' } as const;

async function eraseUncounted(
  client: PoolClient,
  table: keyof typeof UNCOUNTED,
  { userId, limit }: Person,
): Promise<Effect> {
  const key = UNCOUNTED[table];
  const { rowCount } = await client.query(
    `DELETE FROM ${table} WHERE user_id = $1 AND ${key} IN (SELECT ${key} FROM ${table} WHERE user_id = $1 LIMIT $2)`,
    [userId, limit],
  );
  return { rows: rowCount ?? 0, events: [], changes: [] };
}

/** The published ones have an index; of the others there are few, or the log has been away. */
const words = (isPublished: string) =>
  `DELETE FROM outbox WHERE type = 'tweet.posted' AND published_at ${isPublished} AND payload->>'authorId' = $1`;
const UNPUBLISHED_WORDS = words('IS NULL');
const PUBLISHED_WORDS = words('IS NOT NULL');

/** In this order: what is published in between is found among the published. */
async function eraseWords(client: PoolClient, userId: Id): Promise<void> {
  await client.query({ name: 'erase-unpublished-words', text: UNPUBLISHED_WORDS, values: [userId] });
  await client.query({ name: 'erase-published-words', text: PUBLISHED_WORDS, values: [userId] });
}

/**
 * Forgets events that hold what the person wrote, sent or not; those that tell of the deletions stay. Notes that the person
 * is erased, and tells it if that is new, or if something of the person `wasFound` since.
 */
export function forgetPerson(
  db: Database,
  { userId, at, wasFound }: { userId: Id; at: number; wasFound: boolean },
): Promise<void> {
  return commitFacts(db, async (client, append) => {
    await eraseWords(client, userId);
    const { rowCount } = await client.query(
      'INSERT INTO erased_person (user_id, erased_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [userId, new Date(at)],
    );
    if (wasFound || rowCount === 1) await append([personForgotten(userId, at)]);
  });
}

/** Who was erased before a moment, and not looked after since. */
export async function readErased({ pool }: Pick<Database, 'pool'>, before: number): Promise<Id[]> {
  const { rows } = await pool.query<{ id: Id }>(
    'SELECT user_id AS id FROM erased_person WHERE erased_at < $1 ORDER BY user_id',
    [new Date(before)],
  );
  return rows.map(({ id }) => id);
}

export async function closeErasure({ pool }: Pick<Database, 'pool'>, userId: Id): Promise<void> {
  await pool.query('DELETE FROM erased_person WHERE user_id = $1', [userId]);
}
