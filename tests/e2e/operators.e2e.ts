import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reconcileCounters } from '@starling/cli/counters/reconcile-counters.ts';
import { listDeadLetters, replayDeadLetters, showDeadLetter } from '@starling/cli/dlq/dead-letters.ts';
import { rebuildSearch } from '@starling/cli/search/rebuild-search.ts';
import { auditTimelines } from '@starling/cli/timelines/audit-timelines.ts';
import { describeCheck } from '@starling/cli/timelines/check-timelines.ts';
import { rebuildTimelines } from '@starling/cli/timelines/rebuild-timelines.ts';
import { changeUser } from '@starling/cli/users/change-user.ts';
import type { ExecuteAs } from '@starling/stack/execute-as.ts';
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

  test('who do not exist, or hid themselves, are refused', async () => {
    await expect(changeUser(stack, 'suspend', 'nobody')).rejects.toThrow('There is no @nobody.');
    await expect(changeUser(stack, 'suspend', '')).rejects.toThrow('There is no @.');
    const carl = await register(stack, 'carl');
    await inDatabase('users', `UPDATE account SET state = 'deactivated' WHERE id = ${carl.id}`);
    await stack.dropImages();
    await expect(changeUser(stack, 'unsuspend', 'carl')).rejects.toThrow(
      '@carl cannot be unsuspended: The account is deactivated.',
    );
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

test('home timelines are built anew, one or all, and nobody reads a wrong one', async () => {
  const before = await home(bob);
  expect(before).toContain(tweetId);
  expect(await rebuildTimelines(stack, { ...quiet, handle: '@bob' })).toBe(
    'The home timeline of @bob is built anew when it is next read.',
  );
  // The first one may wait for a build of before, whose list was dropped; the second one has a list in any case.
  for (let read = 0; read < 2; read += 1) expect(await home(bob)).toEqual(before);
  const steps = new Set<string>();
  const everybody = { ...quiet, handle: null, onProgress: (step: string) => void steps.add(step) };
  expect(await rebuildTimelines(stack, everybody)).toMatch(
    /^Every home timeline is built anew when it is next read\. Lists removed: [1-9]\d*\.$/,
  );
  expect([...steps]).toEqual(['keys']);
  expect(await home(bob)).toEqual(before);
  await expect(rebuildTimelines(stack, { ...quiet, handle: 'nobody' })).rejects.toThrow('There is no @nobody.');
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(rebuildTimelines(stack, { ...quiet, handle: null, signal })).rejects.toThrow('enough');
});

describe('an audit of home timelines', () => {
  const whole = { handle: null, graceMs: null, ...quiet };

  test('finds them right, everybody’s or one person’s', async () => {
    const everybody = await auditTimelines(stack, whole);
    // Ada and Bob; Carl hid himself.
    expect(everybody).toEqual({ equal: 2, total: 2, mismatches: [] });
    expect(await auditTimelines(stack, { ...whole, handle: 'bob' })).toEqual({ equal: 1, total: 1, mismatches: [] });
    await expect(auditTimelines(stack, { ...whole, handle: 'nobody' })).rejects.toThrow('There is no @nobody.');
  });

  test('tells whose is wrong, and where', async () => {
    const result = await auditTimelines({ ...stack, executeAs: withoutFirst }, { ...whole, handle: 'bob' });
    expect(result).toMatchObject({ equal: 0, total: 1, mismatches: [{ viewerId: bob.id, position: 0 }] });
    expect(describeCheck(result)).toEqual([
      '0 of 1 home timelines equal the definition, computed by brute force.',
      expect.stringMatching(
        new RegExp(`^ {2}viewer ${bob.id}, place 0: expected (\\d+) by .*, got (?!\\1)\\d+ by .*$`),
      ),
    ]);
  });

  test('ends when it is interrupted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(auditTimelines(stack, { ...whole, signal })).rejects.toThrow('enough');
  });

  test('asks for no more than one person’s timeline can hold', async () => {
    const asked: string[][] = [];
    const { tweets } = stack.services;
    const listByActors: typeof tweets.listByActors = (call, request) => {
      asked.push([...request.actorIds]);
      return tweets.listByActors(call, request);
    };
    const services = { ...stack.services, tweets: { ...tweets, listByActors } };
    await auditTimelines({ ...stack, services }, { ...whole, handle: 'ada' });
    expect(new Set(asked.flat())).toEqual(new Set([ada.id]));
  });

  const withoutFirst: ExecuteAs = async <Data>(...args: Parameters<ExecuteAs>) => {
    const page = await stack.executeAs<{ homeTimeline: { edges: unknown[] } }>(...args);
    page.homeTimeline.edges.shift();
    return page as Data;
  };
});

describe('an audit of home timelines beside traffic', () => {
  let dora: Someone;
  let settled: string[];
  const beside = { handle: 'bob', graceMs: 0, ...quiet };
  /** Nothing is ever all delivered there. */
  const busy = () => ({ ...stack, drain: () => Promise.reject(new Error('It never ends.')) });
  /** What is done when a timeline is about to be read, and its truth is known already. */
  const meanwhile = (...doings: (() => Promise<unknown>)[]): ExecuteAs => {
    return async <Data>(...args: Parameters<ExecuteAs>) => {
      await doings.shift()?.();
      return stack.executeAs<Data>(...args);
    };
  };

  beforeAll(async () => {
    dora = await register(stack, 'dora');
    await relate(bob, 'follow', dora);
    settled = [];
    for (const text of ['One', 'Two', 'Three']) settled.push(await post(dora, text));
    await stack.drain();
  });

  test('is not misled by what is posted meanwhile, delivered or not, nor by what that hides', async () => {
    const executeAs = meanwhile(async () => {
      await act(dora, 'retweet', settled[1] ?? '');
      await post(ada, 'News');
      await stack.drain();
      await post(dora, 'More news');
    });
    const result = await auditTimelines({ ...busy(), executeAs }, beside);
    expect(result).toEqual({ equal: 1, total: 1, mismatches: [] });
    expect((await home(bob)).indexOf(settled[1] ?? '')).toBeLessThan((await home(bob)).indexOf(settled[2] ?? ''));
  });

  test('looks again at what was taken away, and at whom was followed no more, before it tells', async () => {
    await stack.drain();
    const executeAs = meanwhile(
      () => act(dora, 'deleteTweet', settled[0] ?? ''),
      () => relate(bob, 'unfollow', dora),
    );
    const result = await auditTimelines({ ...busy(), executeAs }, beside);
    expect(result).toEqual({ equal: 1, total: 1, mismatches: [] });
  });

  test('tells what is wrong all the while', async () => {
    const [newest] = await home(bob);
    const executeAs: ExecuteAs = async <Data>(...args: Parameters<ExecuteAs>) => {
      await post(ada, 'Still more news');
      const page = await stack.executeAs<{ homeTimeline: { edges: { node: { id: string } }[] } }>(...args);
      const { edges } = page.homeTimeline;
      return { homeTimeline: { ...page.homeTimeline, edges: edges.filter(({ node }) => node.id !== newest) } } as Data;
    };
    const result = await auditTimelines({ ...busy(), executeAs }, { ...beside, handle: 'bob' });
    expect(result).toMatchObject({ equal: 0, total: 1, mismatches: [{ viewerId: bob.id }] });
    expect(result.mismatches[0]?.expected).toContain(newest);
  });
});
