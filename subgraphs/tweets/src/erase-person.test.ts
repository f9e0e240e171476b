import { createPool, type Pool } from '@starling/kit/postgres/pool.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase } from './store/database.ts';
import { forgetPerson } from './store/erase-person.ts';
import { post } from './testing/operations.ts';
import { openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
/** One connection, which knows its prepared statements. */
let one: Pool;
let ada: string;
let ben: string;
beforeAll(async () => {
  tweets = await openTestTweets();
  one = createPool({ url: tweets.pool.options.connectionString ?? '', name: 'one', max: 1 });
  [ada, ben] = [tweets.addPerson('ada'), tweets.addPerson('ben')];
});
afterAll(async () => {
  await one.end();
  await tweets.close();
});

const forget = (userId: string) =>
  forgetPerson(createDatabase(one, { committed: () => {}, forget: async () => {} }), {
    ...{ userId, at: tweets.clock.now, wasFound: false },
  });

test('what an erased person wrote is in no event any more, published or not', async () => {
  await post(tweets, ada, { text: 'published words' });
  await post(tweets, ben, { text: 'of somebody else' });
  await tweets.pool.query('UPDATE outbox SET published_at = now()');
  await post(tweets, ada, { text: 'words that wait' });
  await forget(ada);
  const { rows } = await tweets.pool.query("SELECT payload->>'text' AS text FROM outbox WHERE type = 'tweet.posted'");
  expect(rows).toEqual([{ text: 'of somebody else' }]);
});

test.each([
  ['erase-published-words', 'outbox_published_words'],
  ['erase-unpublished-words', 'outbox_unpublished'],
])('%s uses an index', async (statement, index) => {
  await one.query('SET enable_seqscan = off');
  await forget(ben);
  const { rows } = await one.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE "${statement}" ('1')`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain(index);
  expect(plan).not.toContain('Seq Scan');
});
