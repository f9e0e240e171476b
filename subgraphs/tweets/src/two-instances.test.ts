import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tweetsConfig } from './config.ts';
import { openTweets, type OpenedTweets } from './open.ts';
import { callOf } from './testing/test-tweets.ts';

const person = (index: number) => `12345678901234567${String(index).padStart(2, '0')}`;
const ADA = person(1);

let database: TestDatabase;
let both: OpenedTweets[];

/** Two processes' worth of tweets, opened at the same moment on a database that nobody has opened before. */
beforeEach(async () => {
  database = await createTestDatabase();
  const facts = (id: string) => ({ id, handle: id, name: id, state: 'active', isPrivate: false, revision: 1n });
  const shared = {
    logger: createLogger({ name: 'test', level: 'silent' }),
    cache: createEmbeddedCache(),
    pubsub: createEmbeddedPubSub(),
    services: {
      users: {
        getUsers: async (_: unknown, { ids }: { ids: string[] }) => ({ users: ids.map(facts) }),
        getUsersByHandle: async () => ({ users: [] }),
      },
      graph: { getRelationsTo: async () => ({ relations: [] }) },
    },
  };
  const config = tweetsConfig.parse({ databaseUrl: database.url });
  both = await Promise.all([1, 2].map(() => openTweets(config, shared)));
});
afterEach(async () => {
  await Promise.all(both.map((tweets) => tweets.close()));
  await database.drop();
});

async function mutate(index: number, userId: string, mutation: string): Promise<{ tweet: { id: string } | null }> {
  const query = `mutation { answer: ${mutation} { tweet { id likeCount } userErrors { code } } }`;
  const { data, errors } = await executeInSubgraph(both[index % 2]!.subgraph, { query }, callOf(userId));
  if (errors) throw new AggregateError(errors, errors[0]?.message);
  return data?.['answer'] as { tweet: { id: string } | null };
}

const post = async (index: number, fields = '') =>
  (await mutate(index, ADA, `postTweet(input: { text: "hello" ${fields} })`)).tweet?.id;

test('a key that both get at once posts one tweet', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, (_, index) => post(index, 'idempotencyKey: "once"')));
  expect(new Set(ids).size).toBe(1);
  expect((await database.pool.query('SELECT FROM tweet')).rowCount).toBe(1);
});

test('both mint, and never the same id', async () => {
  const ids = await Promise.all(Array.from({ length: 40 }, (_, index) => post(index)));
  expect(new Set(ids).size).toBe(40);
});

test('likes and retweets of both are counted once each, and each has its event', async () => {
  const tweetId = await post(0);
  const acts = Array.from({ length: 10 }, (_, index) => index).flatMap((index) =>
    ['likeTweet', 'retweet'].flatMap((act) =>
      [0, 1].map((instance) => mutate(instance, person(10 + index), `${act}(input: { tweetId: "${tweetId}" })`)),
    ),
  );
  await Promise.all(acts);
  const { rows } = await database.pool.query('SELECT like_count, retweet_count, revision FROM tweet_counter');
  expect(rows).toEqual([{ like_count: 10, retweet_count: 10, revision: 20 }]);
  const events = await database.pool.query("SELECT FROM outbox WHERE topic = 'engagement.v1'");
  expect(events.rowCount).toBe(20);
  for (const tweets of both) expect(await tweets.operators.reconcileCounters()).toEqual([]);
});

test('a person whom both erase at once is gone, with nothing counted twice', async () => {
  const tweetId = await post(0);
  await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      mutate(index, person(20 + (index % 3)), `postTweet(input: { text: "again", replyToId: "${tweetId}" })`),
    ),
  );
  const erased = { type: 'user.erased', userId: person(20), eventId: 'e', revision: 2, version: 1, at: 1 };
  const record = { topic: 'user.v1', key: person(20), value: JSON.stringify(erased), headers: {} };
  const erase = async ({ consumers }: OpenedTweets) =>
    consumers
      .find(({ group }) => group === 'tweets-users')
      ?.handle([{ ...record, partition: 0, offset: 0n, appendedAt: 0 }]);
  await Promise.all(both.map(erase));
  const { rows } = await database.pool.query('SELECT reply_count FROM tweet_counter WHERE tweet_id = $1', [tweetId]);
  expect(rows).toEqual([{ reply_count: 8 }]);
  expect(await both[0]!.operators.reconcileCounters()).toEqual([]);
});
