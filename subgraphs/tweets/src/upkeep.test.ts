import { noteDeletions } from '@starling/kit/testing/note-deletions.ts';
import { workOnce } from '@starling/kit/testing/work-once.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestTweets, type TestTweets } from './testing/test-tweets.ts';
import { scheduleUpkeep } from './upkeep.ts';

let tweets: TestTweets;
beforeAll(async () => (tweets = await openTestTweets()));
afterAll(() => tweets.close());

test('keys that are past their time go in bounded steps, however many they are', async () => {
  const deletions = await noteDeletions(tweets.pool, ['idempotency_key']);
  await tweets.pool.query(
    `INSERT INTO idempotency_key (user_id, key, request_hash, tweet_id, expires_at)
     SELECT n, 'k', 'h', n, $1::timestamptz + (n - 12000) * interval '1 ms' FROM generate_series(1, 12002) AS n`,
    [new Date(tweets.clock.now)],
  );
  const deps = { ...tweets, now: () => tweets.clock.now, eraseBatch: 3 };
  await workOnce((oneAtATime, onError) => scheduleUpkeep(deps, oneAtATime, onError));
  const { rows: left } = await tweets.pool.query('SELECT user_id FROM idempotency_key ORDER BY user_id');
  expect(left).toEqual([{ user_id: '12001' }, { user_id: '12002' }]);
  expect(await deletions()).toEqual([{ name: 'idempotency_key', most: 5000, all: 12_000 }]);
});
