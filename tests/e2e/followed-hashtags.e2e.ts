import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { home, post, register, relate, withPassword, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let reader: Someone;
let stranger: Someone;
let friend: Someone;
beforeAll(async () => {
  stack = await startTestStack();
  [reader, stranger, friend] = (await Promise.all(
    ['reader', 'stranger', 'friend'].map((name) => register(stack, name)),
  )) as [Someone, Someone, Someone];
  await relate(reader, 'follow', friend);
});
afterAll(() => stack?.stop());

type Payload = { hashtag: { tag: string } | null; userErrors: { code: string }[] };

async function change(name: 'FollowHashtag' | 'UnfollowHashtag', tag: string): Promise<string | undefined> {
  const [payload] = Object.values(await reader.get<Record<string, Payload>>(name, { input: { tag } }));
  expect(payload?.userErrors).toEqual([]);
  return payload?.hashtag?.tag;
}

async function reasons(): Promise<Record<string, unknown>> {
  type Edges = { homeTimeline: { edges: { node: { id: string }; reason: object }[] } };
  const { homeTimeline } = await reader.get<Edges>('HomeTimelineReasons', { first: 10 });
  return Object.fromEntries(homeTimeline.edges.map(({ node, reason }) => [node.id, reason]));
}

async function followed(): Promise<string[]> {
  type Page = { followedHashtags: { edges: { node: { tag: string } }[] } };
  const { followedHashtags } = await reader.get<Page>('FollowedHashtags', { first: 10 });
  return followedHashtags.edges.map(({ node }) => node.tag);
}

test('a stranger’s tweet shows while its hashtag is followed, from the very next read to the very next read', async () => {
  const before = await post(stranger, 'On an #Île');
  const other = await post(stranger, 'At #sea');
  expect(await home(reader)).toEqual([]);

  expect(await change('FollowHashtag', '#île')).toBe('ile');
  expect(await followed()).toEqual(['ile']);
  const after = await post(stranger, 'Still on the #ile');
  const both = await post(friend, 'Me too #ILE');
  expect(await home(reader)).toEqual([both, after, before]);
  expect(await reasons()).toEqual({
    [both]: { kind: 'TWEET', followees: [{ handle: 'friend' }], hashtag: null },
    [after]: { kind: 'HASHTAG', followees: [], hashtag: 'ile' },
    [before]: { kind: 'HASHTAG', followees: [], hashtag: 'ile' },
  });
  const why = await reader.get('WhyNotInMyTimeline', { tweetId: after });
  expect(why).toEqual({
    whyNotInMyTimeline: { reason: { kind: 'HASHTAG', followees: [], hashtag: 'ile' }, absences: [] },
  });

  expect(await change('UnfollowHashtag', 'Ile')).toBe('ile');
  expect(await followed()).toEqual([]);
  await stack.drain();
  expect(await home(reader)).toEqual([both]);
  for (const tweetId of [after, other])
    expect(await reader.get('WhyNotInMyTimeline', { tweetId })).toMatchObject({
      whyNotInMyTimeline: { reason: null, absences: [{ cause: 'NOT_FOLLOWING', actor: { handle: 'stranger' } }] },
    });
});

test('a stranger’s tweet with a followed hashtag is told to who listens, and one without is not', async () => {
  await change('FollowHashtag', 'harbour');
  await change('FollowHashtag', 'ferry');
  const before = await stack.liveChannels();
  const feed = reader.subscribe<{ homeTimelineUpdates: { tweet: { id: string } } }>('HomeTimelineUpdates');
  // Their own channel and one for each hashtag.
  await vi.waitFor(async () => expect(await stack.liveChannels()).toBe(before + 3), { timeout: 10_000, interval: 5 });
  await post(stranger, 'No sign of it');
  const first = await post(stranger, 'The #Harbour has a #ferry');
  const second = await post(friend, 'A #harbour');
  const told = [await feed.next(), await feed.next()].map(({ data }) => data?.homeTimelineUpdates.tweet.id);
  expect(told.sort()).toEqual([first, second].sort());
  await feed.close();
});

test('what their author deletes or takes along goes, and a block hides it', async () => {
  await change('FollowHashtag', 'storm');
  const [leaver, loud] = [await register(stack, 'leaver'), await register(stack, 'loud')];
  const [gone, hidden, shown] = [
    await post(leaver, 'A #storm'),
    await post(loud, 'WHAT A #STORM'),
    await post(stranger, 'Some #storm'),
  ];
  const storms = async () => (await home(reader)).filter((id) => [gone, hidden, shown].includes(id));
  expect(await storms()).toEqual([shown, hidden, gone]);
  await relate(reader, 'block', loud);
  await withPassword(leaver, 'eraseAccount');
  expect(await storms()).toEqual([shown]);
  await stack.drain();
  expect(await storms()).toEqual([shown]);
});
