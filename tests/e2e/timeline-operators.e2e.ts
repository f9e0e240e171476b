import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditTimelines } from '@starling/cli/timelines/audit-timelines.ts';
import { describeCheck } from '@starling/cli/timelines/check-timelines.ts';
import { rebuildTimelines } from '@starling/cli/timelines/rebuild-timelines.ts';
import { changeUser } from '@starling/cli/users/change-user.ts';
import type { ExecuteAs } from '@starling/stack/execute-as.ts';
import { act, home, post, register, relate, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let ada: Someone;
let bob: Someone;
let tweetId: string;

beforeAll(async () => {
  stack = await startTestStack();
  [ada, bob] = await Promise.all([register(stack, 'ada'), register(stack, 'bob'), register(stack, 'carl')]);
  await changeUser(stack, 'suspend', 'carl');
  await relate(bob, 'follow', ada);
  tweetId = await post(ada, 'A first word');
  await post(ada, 'A second word');
  await stack.drain();
});
afterAll(() => stack?.stop());

const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

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
    // Ada and Bob; Carl cannot read his.
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
