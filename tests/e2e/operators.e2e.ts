import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reconcileCounters } from '@starling/cli/counters/reconcile-counters.ts';
import { listDeadLetters, replayDeadLetters, showDeadLetter } from '@starling/cli/dlq/dead-letters.ts';
import { rebuildSearch } from '@starling/cli/search/rebuild-search.ts';
import { changeUser } from '@starling/cli/users/change-user.ts';
import { act, home, post, register, relate, search, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let ada: Someone;
let bob: Someone;
let tweetId: string;

beforeAll(async () => {
  stack = await startTestStack();
  [ada, bob] = await Promise.all([register(stack, 'ada'), register(stack, 'bob')]);
  await relate(bob, 'follow', ada);
  tweetId = await post(ada, 'A first word');
  await act(bob, 'likeTweet', tweetId);
  await stack.drain();
});
afterAll(() => stack?.stop());

const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

async function inDatabase(name: keyof TestStack['databases'], statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: stack.databases[name] });
  await client.connect();
  await client.query(statement);
  await client.end();
}

describe('users', () => {
  test('are hidden from everybody and shown again, and it is said which', async () => {
    expect(await changeUser(stack, 'suspend', '@ADA')).toBe('@ada is suspended now.');
    expect(await changeUser(stack, 'suspend', 'ada')).toBe('@ada is suspended already.');
    expect(await home(bob)).toEqual([]);
    expect(await changeUser(stack, 'unsuspend', 'ada')).toBe('@ada is active now.');
    expect(await changeUser(stack, 'unsuspend', 'ada')).toBe('@ada is active already.');
    expect(await home(bob)).toEqual([tweetId]);
  });

  test('who do not exist are refused', async () => {
    await expect(changeUser(stack, 'suspend', 'nobody')).rejects.toThrow('There is no @nobody.');
    await expect(changeUser(stack, 'suspend', '')).rejects.toThrow('There is no @.');
  });

  test('who hid themselves stay hidden', async () => {
    const carl = await register(stack, 'carl');
    await inDatabase('users', `UPDATE account SET state = 'deactivated' WHERE id = ${carl.id}`);
    await stack.dropImages();
    expect(await changeUser(stack, 'unsuspend', 'carl')).toBe('@carl is deactivated by the owner already.');
    expect(await changeUser(stack, 'suspend', 'carl')).toBe('@carl is suspended now.');
    expect(await changeUser(stack, 'unsuspend', 'carl')).toBe('@carl is deactivated by the owner now.');
  });
});

describe('dead letters', () => {
  test('are listed, shown and, once their cause is mended, replayed once; nobody sees anything twice', async () => {
    const { deadLetters } = stack.operators;
    const asked = { topic: null, all: false };
    expect(await listDeadLetters(deadLetters, asked)).toEqual(['No dead letters.']);

    const mend = await stack.spoilSearch();
    const lostId = await post(ada, 'A word that search cannot take');
    await stack.drain();
    const lines = await listDeadLetters(deadLetters, asked);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      new RegExp(
        `^tweet\\.v1 0 0 {2}\\S+Z {2}search-tweets, 5 tries {2}key ${lostId} {2}error: .*(search_|-)tweets.*`,
        'i',
      ),
    );
    const place = { partition: 0, offset: 0n };
    expect(JSON.parse(await showDeadLetter(deadLetters, 'tweet.v1', place))).toMatchObject({
      topic: 'tweet.v1',
      offset: '0',
      state: 'waiting',
      key: lostId,
      died: { group: 'search-tweets' },
      value: { type: 'tweet.posted', tweetId: lostId, authorId: ada.id },
    });
    const replay = { topic: 'tweet.v1', place: null, ...quiet };
    expect(await replayDeadLetters(stack, replay)).toEqual({ replayed: 1, diedAgain: 1 });

    await mend();
    expect(await search(bob, 'cannot take')).toEqual([]);
    expect(await replayDeadLetters(stack, { ...replay, place: { partition: 0, offset: 0n } })).toEqual({
      replayed: 0,
      diedAgain: 0,
    });
    expect(await replayDeadLetters(stack, replay)).toEqual({ replayed: 1, diedAgain: 0 });
    expect(await replayDeadLetters(stack, replay)).toEqual({ replayed: 0, diedAgain: 0 });
    expect(await search(bob, 'cannot take')).toEqual([lostId]);
    expect(await home(bob)).toEqual([lostId, tweetId]);
    expect(await listDeadLetters(deadLetters, asked)).toEqual(['No dead letters.']);
    expect(await listDeadLetters(deadLetters, { topic: 'tweet.v1', all: true })).toHaveLength(2);
  });

  test('that do not exist are refused', async () => {
    const { deadLetters } = stack.operators;
    const place = { partition: 0, offset: 99n };
    const none = 'There is no dead letter tweet.v1 0 99.';
    await expect(showDeadLetter(deadLetters, 'tweet.v1', place)).rejects.toThrow(none);
    await expect(replayDeadLetters(stack, { topic: 'tweet.v1', place, ...quiet })).rejects.toThrow(none);
    const topics = /^There is no topic x; there are .*tweet\.v1/;
    await expect(listDeadLetters(deadLetters, { topic: 'x', all: true })).rejects.toThrow(topics);
    await expect(replayDeadLetters(stack, { topic: 'x', place: null, ...quiet })).rejects.toThrow(topics);
  });
});

test('counters that are wrong are told and repaired, all others left alone', async () => {
  const right = { user: { followerCount: 1 }, tweet: { likeCount: 1 } };
  const counts = () => bob.get(`{ user(id: "${ada.id}") { followerCount } tweet(id: "${tweetId}") { likeCount } }`);
  expect(await counts()).toEqual(right);
  await inDatabase('graph', `UPDATE person SET follower_count = 7 WHERE user_id = ${ada.id}`);
  await inDatabase('tweets', `UPDATE tweet_counter SET like_count = 0 WHERE tweet_id = ${tweetId}`);
  await stack.dropImages();
  expect(await counts()).not.toEqual(right);

  const steps = new Set<string>();
  const lines = await reconcileCounters(stack, { ...quiet, onProgress: (step) => void steps.add(step) });
  expect(lines).toEqual([
    expect.stringMatching(/^1 of \d+ people had wrong counters; they are right now\.$/),
    `  ${ada.id}: 7 -> 1 followers, 0 -> 0 following`,
    expect.stringMatching(/^1 of \d+ tweets had wrong counters; they are right now\.$/),
    `  ${tweetId}`,
  ]);
  expect([...steps]).toEqual(['people', 'tweets']);
  expect(await counts()).toEqual(right);
  const again = await reconcileCounters(stack, quiet);
  expect(again).toEqual([
    expect.stringMatching(/^0 of [1-9]\d* people had wrong counters\.$/),
    expect.stringMatching(/^0 of [1-9]\d* tweets had wrong counters\.$/),
  ]);
});

test('search indexes are made anew from the facts, find what they found, and take what comes then', async () => {
  expect(await search(bob, 'first word')).toEqual([tweetId]);
  const steps = new Set<string>();
  const line = await rebuildSearch(stack, { ...quiet, onProgress: (step) => void steps.add(step) });
  expect(line).toMatch(/^The search indexes are made of [1-9]\d* people and [1-9]\d* tweets\.$/);
  expect([...steps]).toEqual(['people', 'tweets']);
  const later = await post(ada, 'Words after the rebuilding');
  await stack.drain();
  expect(await search(bob, 'rebuilding')).toEqual([later]);
  expect(await search(bob, 'first word')).toEqual([tweetId]);
});
