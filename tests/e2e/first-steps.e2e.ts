import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor } from './support/client.ts';
import { act, home, post, register, relate, search, watch, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let ada: Someone;
let bob: Someone;

beforeAll(async () => {
  stack = await startTestStack();
  [ada, bob] = await Promise.all([register(stack, 'ada'), register(stack, 'bob')]);
});
afterAll(() => stack?.stop());

type HomeUpdate = {
  homeTimelineUpdates: {
    tweet: { id: string; text: string; author: { handle: string } };
    retweetedBy: { handle: string } | null;
  };
};

test('what somebody posts reaches a follower’s open socket, home timeline and search', async () => {
  await relate(bob, 'follow', ada);
  const feed = await watch<HomeUpdate>(stack, bob, 'HomeTimelineUpdates');
  const id = await post(ada, 'Hello from the #nest, dear wörld');

  const { data, errors } = await feed.next();
  expect(errors).toBeUndefined();
  expect(data?.homeTimelineUpdates).toEqual({
    tweet: { id, text: 'Hello from the #nest, dear wörld', author: { handle: 'ada', name: 'The ada' } },
    retweetedBy: null,
  });
  await feed.close();

  await stack.drain();
  expect(await home(bob)).toEqual([id]);
  expect(await search(bob, 'world #nest from:ada')).toEqual([id]);
});

test('an author sees the own tweet at the very next read', async () => {
  const id = await post(bob, 'Read your writes');
  expect((await home(bob))[0]).toBe(id);
});

test('every entry says why it is there, and a tweet that is not there why not', async () => {
  const eve = await register(stack, 'eve');
  const strange = await post(eve, 'Nobody follows me');
  const own = await post(bob, 'My own words');
  await stack.drain();

  const { homeTimeline } = await bob.get<{
    homeTimeline: { edges: { node: { id: string }; reason: { kind: string; followees: { handle: string }[] } }[] };
  }>('HomeTimelineReasons', { first: 20 });
  const reasons = new Map(homeTimeline.edges.map(({ node, reason }) => [node.id, reason]));
  expect(reasons.get(own)).toEqual({ kind: 'OWN', followees: [], hashtag: null });
  expect([...reasons.values()]).toContainEqual({ kind: 'TWEET', followees: [{ handle: 'ada' }], hashtag: null });
  expect(reasons.has(strange)).toBe(false);

  const why = (tweetId: string) => bob.get('WhyNotInMyTimeline', { tweetId });
  const stranger = { cause: 'NOT_FOLLOWING', actor: { handle: 'eve' }, since: null, waitingMs: null };
  expect(await why(strange)).toEqual({ whyNotInMyTimeline: { reason: null, absences: [stranger] } });
  await act(ada, 'retweet', strange);
  await stack.drain();
  const retweeted = { kind: 'RETWEET', followees: [{ handle: 'ada' }], hashtag: null };
  expect(await why(strange)).toEqual({ whyNotInMyTimeline: { reason: retweeted, absences: [] } });
});

test('an author is told how a tweet came to the followers, and nobody else', async () => {
  type Told = { tweet: { delivery: Record<string, unknown> | null } };
  await relate(await register(stack, 'dan'), 'follow', ada);
  await home(bob);
  const id = await post(ada, 'Is anybody there?');
  await stack.drain();
  const { tweet } = await ada.get<Told>('TweetDelivery', { id });
  // Who has read the home timeline has a list; who has not needs none.
  expect(tweet.delivery).toMatchObject({ pushed: 1, pulled: 1, isComplete: true, isMerged: false });
  expect(tweet.delivery?.['p99LagMs']).toBeGreaterThan(0);
  expect(tweet.delivery?.['lastAt']).toBe(tweet.delivery?.['firstAt']);
  expect(await bob.get<Told>('TweetDelivery', { id })).toEqual({ tweet: { id, delivery: null } });
});

test('a watched tweet tells of likes, and of its deletion, at once', async () => {
  const id = await post(ada, 'Watch me');
  const feed = await watch<{
    tweetUpdates: { tweet: { likeCount: number | null; unavailable: { reason: string } | null } };
  }>(stack, bob, 'TweetUpdates', { ids: [id] });
  await act(bob, 'likeTweet', id);
  expect((await feed.next()).data?.tweetUpdates.tweet).toMatchObject({ likeCount: 1, unavailable: null });
  await act(ada, 'deleteTweet', id);
  expect((await feed.next()).data?.tweetUpdates.tweet).toMatchObject({
    likeCount: null,
    unavailable: { reason: 'DELETED' },
  });
  await feed.close();
});

test('everything is there after a restart, and nothing that was on its way is lost', async () => {
  const id = await post(ada, 'Posted just before the restart');
  const before = await home(bob);
  stack = await stack.restart();
  const again = { ...bob, ...openDoor(stack.port, bob.accessToken) };
  await stack.drain();
  expect(await home(again)).toEqual(before.includes(id) ? before : [id, ...before]);
  expect(await search(again, '"just before the restart"')).toEqual([id]);
});
