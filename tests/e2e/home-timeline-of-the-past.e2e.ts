import { afterAll, beforeAll, expect, test } from 'vitest';
import { act, editProfile, post, register, relate, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let viewer: Someone;
let ann: Someone;
let bob: Someone;

beforeAll(async () => {
  stack = await startTestStack();
  [viewer, ann, bob] = await Promise.all([register(stack, 'vera'), register(stack, 'ann'), register(stack, 'bob')]);
});
afterAll(() => stack?.stop());

type Edge = { node: { id: string }; reason: { kind: string; followees: { handle: string }[] } };
type Home = { homeTimeline: { edges: Edge[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };

/** Tweets and who put them there, page by page of two. */
async function homeAt(asOf: Date): Promise<string[]> {
  const seen: string[] = [];
  for (let after: string | null = null; ;) {
    const asked: Record<string, unknown> = { first: 2, after, asOf: asOf.toISOString() };
    const { edges, pageInfo }: Home['homeTimeline'] = (await viewer.get<Home>('HomeTimelineAsOf', asked)).homeTimeline;
    seen.push(...edges.map(({ node, reason }) => [node.id, ...reason.followees.map(({ handle }) => handle)].join(' ')));
    if (!pageInfo.hasNextPage) return seen;
    after = pageInfo.endCursor;
  }
}

/** A millisecond in which nothing else happens. */
function moment(): Date {
  const moments = new Set<number>();
  while (moments.size < 3) moments.add(Date.now());
  return new Date([...moments][1] ?? NaN);
}

test('a timeline of the past has whom the viewer followed then and what stood then, as far as it may be seen now', async () => {
  const before = moment();
  await relate(viewer, 'follow', ann);
  const [first, second, gone] = [await post(ann, 'One'), await post(bob, 'Two'), await post(ann, 'Three')];
  await act(ann, 'retweet', second);
  const then = moment();
  await act(ann, 'undoRetweet', second);
  const undone = moment();
  await relate(viewer, 'unfollow', ann);
  await relate(viewer, 'follow', bob);
  await act(ann, 'deleteTweet', gone);
  const after = moment();

  expect(await homeAt(before)).toEqual([]);
  expect(await homeAt(then)).toEqual([`${second} ann`, `${first} ann`]);
  expect(await homeAt(undone)).toEqual([`${first} ann`]);
  expect(await homeAt(after)).toEqual([`${second} bob`]);
  expect(await homeAt(new Date('1999-12-31T23:59:59Z'))).toEqual([]);

  await editProfile(bob, { isPrivate: true });
  expect(await homeAt(then)).toEqual([`${second} ann`, `${first} ann`]);
  await relate(viewer, 'unfollow', bob);
  expect(await homeAt(then)).toEqual([`${first} ann`]);
});

test('who asks why a tweet is not there is told since when its author is not followed', async () => {
  const eve = await register(stack, 'eve');
  const id = await post(eve, 'Here I am');
  const why = async () => {
    type Why = { whyNotInMyTimeline: { absences: { cause: string; since: string | null }[] } };
    return (await viewer.get<Why>('WhyNotInMyTimeline', { tweetId: id })).whyNotInMyTimeline.absences;
  };
  expect(await why()).toMatchObject([{ cause: 'NOT_FOLLOWING', since: null }]);
  await relate(viewer, 'follow', eve);
  const before = Date.now();
  await relate(viewer, 'unfollow', eve);
  const [{ cause, since } = { cause: '', since: null }] = await why();
  expect(cause).toBe('NOT_FOLLOWING');
  expect(Date.parse(since ?? '') - before).toBeGreaterThanOrEqual(0);
  expect(Date.parse(since ?? '')).toBeLessThanOrEqual(Date.now());
});
