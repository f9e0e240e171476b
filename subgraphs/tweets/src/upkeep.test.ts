import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestTweets, type TestTweets } from './testing/test-tweets.ts';
import { scheduleUpkeep } from './upkeep.ts';

let tweets: TestTweets;
beforeAll(async () => (tweets = await openTestTweets()));
afterAll(() => tweets.close());

/** Of each statement that has deleted keys how many. */
const NOTE_DELETIONS = `
  CREATE TABLE pruned (count INT);
  CREATE FUNCTION note_pruned() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO pruned SELECT count(*) FROM gone; RETURN NULL; END $$;
  CREATE TRIGGER note AFTER DELETE ON idempotency_key REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_pruned();`;

async function upkeep(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { stop } = scheduleUpkeep(
    { ...tweets, now: () => tweets.clock.now, eraseBatch: 3 },
    async (work) => {
      await work();
      resolve();
      return true;
    },
    reject,
  );
  await promise;
  await stop();
}

test('keys that are past their time go in bounded steps, however many they are', async () => {
  await tweets.pool.query(NOTE_DELETIONS);
  await tweets.pool.query(
    `INSERT INTO idempotency_key (user_id, key, request_hash, tweet_id, expires_at)
     SELECT n, 'k', 'h', n, $1::timestamptz + (n - 12000) * interval '1 ms' FROM generate_series(1, 12002) AS n`,
    [new Date(tweets.clock.now)],
  );
  await upkeep();
  const { rows: left } = await tweets.pool.query('SELECT user_id FROM idempotency_key ORDER BY user_id');
  expect(left).toEqual([{ user_id: '12001' }, { user_id: '12002' }]);
  const { rows: steps } = await tweets.pool.query('SELECT max(count) AS most, sum(count)::int AS "all" FROM pruned');
  expect(steps).toEqual([{ most: 5000, all: 12_000 }]);
});
