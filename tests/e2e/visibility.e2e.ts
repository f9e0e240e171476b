import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decide, NO_RELATION, type Subject, type Surface } from '@starling/domain/visibility.ts';
import { openDoor, type Feed } from './support/client.ts';
import { act, post, register, relate, watch, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';
import { WHOLE_TWEET, type WholeTweet } from './support/whole-tweet.ts';
import { atHome, CASES, personOf, play, subjectOf, type Looker, type Scene } from './visibility/cast.ts';
import { homeOf, outcomeOf, outcomeOfTweet, peopleSeen, repliesTo, TWEET_PATHS } from './visibility/paths.ts';

let stack: TestStack;
let viewer: Someone;
let bystander: Someone;
let stageId: string;
let scenes: Scene[];

beforeAll(async () => {
  // Each entry is looked for by itself.
  stack = await startTestStack({ timeline: { collapseWithin: 0 } });
  [viewer, bystander] = await Promise.all([register(stack, 'vera'), register(stack, 'bea')]);
  await relate(viewer, 'follow', bystander);
  stageId = await post(bystander, 'All the world is a stage');
  const cast = { stack, viewer, bystander, stageId };
  scenes = [];
  for (const one of CASES) scenes.push(await play(one, cast));
  for (const { case: one, author, tweetId } of scenes) await one.change(author, cast, tweetId);
  await stack.drain();
});
afterAll(() => stack?.stop());

const LOOKERS: readonly { who: string; look(scene: Scene): Looker }[] = [
  { who: 'the viewer', look: (scene) => ({ id: viewer.id, relation: scene.case.relation, door: viewer }) },
  { who: 'nobody', look: () => ({ id: null, relation: NO_RELATION, door: openDoor(stack.port) }) },
  { who: 'the author', look: ({ author }) => ({ id: author.id, relation: NO_RELATION, door: author }) },
];

describe.each(LOOKERS)('$who sees', ({ who, look }) => {
  const watched = CASES.filter(({ state }) => who !== 'the author' || state !== 'erased');

  test.each(watched)('tweets of $name as the table says', async ({ handle }) => {
    const scene = sceneOf(handle);
    const looker = look(scene);
    const onTweet = (surface: Surface) => outcomeOf(decide(looker.id, subjectOf(scene, looker), surface));
    const paths = TWEET_PATHS.filter(({ needsLogin = false }) => looker.id !== null || !needsLogin);
    const expected = Object.fromEntries(paths.map(({ path, surface }) => [path, onTweet(surface)]));
    const actual: Record<string, string> = {};
    for (const { path, find } of paths) actual[path] = await find(scene, looker.door);
    expect(actual).toEqual(expected);
  });

  test.each(watched)('$name in lists and searches as the table says', async ({ handle }) => {
    const scene = sceneOf(handle);
    const looker = look(scene);
    const person = personOf(scene, looker);
    const shows = (subject: Subject, surface: Surface) => decide(looker.id, subject, surface).verdict === 'show';
    const isFound = person.author.state === 'active' && shows(person, 'search');
    const isListed = shows(person, 'people');
    const isOpened = shows({ ...person, relation: NO_RELATION }, 'direct');
    const hasFollows = person.author.state !== 'erased';
    expect(await peopleSeen(scene, looker.door)).toEqual({
      user: isOpened,
      mentioned: isOpened,
      searchUsers: isFound,
      suggest: isFound,
      likedBy: isListed,
      retweetedBy: isListed,
      followers: isListed && hasFollows,
      following: isListed && hasFollows,
      ownLists: shows({ ...person, tweetState: 'live' }, 'profile'),
    });
  });
});

describe.each(LOOKERS.filter(({ who }) => who !== 'nobody'))('at home $who sees', ({ who, look }) => {
  test.each(CASES.filter(({ state }) => who !== 'the author' || state !== 'erased'))(
    'what $name says as the definition has it',
    async ({ handle }) => {
      const scene = sceneOf(handle);
      const looker = look(scene);
      for (const order of ['LATEST', 'RANKED'] as const) {
        const entries = await homeOf(looker.door, order);
        const seen = (retweeter: string | null) =>
          entries.some(({ node, retweetedBy }) => node.id === scene.tweetId && (retweetedBy?.id ?? null) === retweeter);
        expect({ own: seen(null), retweeted: seen(bystander.id) }, order).toEqual(atHome(scene, looker));
        expect(entries.filter(({ node }) => node.unavailable !== null)).toEqual([]);
      }
    },
  );
});

test('a socket hears just what enters the home timeline', async () => {
  const feed = await watch<Live>(
    stack,
    viewer,
    'subscription { homeTimelineUpdates { tweet { id } retweetedBy { id } } }',
  );
  const active = scenes.filter(({ case: { state } }) => state === undefined);
  const live = new Map<string, Scene>();
  for (const scene of active) {
    const tweetId = await post(scene.author, 'Something new');
    live.set(tweetId, scene);
    if (!scene.case.isPrivate) await act(bystander, 'retweet', tweetId);
  }
  await stack.drain();
  const lastId = await post(bystander, 'The last word');

  const heard: string[] = [];
  for (;;) {
    const { data, errors } = await feed.next();
    expect(errors).toBeUndefined();
    const { tweet, retweetedBy } = (data as Live).homeTimelineUpdates;
    if (tweet.id === lastId) break;
    heard.push(`${live.get(tweet.id)?.case.handle} by ${retweetedBy?.id === bystander.id ? 'bystander' : 'author'}`);
  }
  await feed.close();
  await silence();
  const expected = active.flatMap((scene) => {
    const looker = { id: viewer.id, relation: scene.case.relation, door: viewer };
    const { own, retweeted } = atHome(scene, looker, 'live');
    const { handle, isPrivate } = scene.case;
    return [...(own ? [`${handle} by author`] : []), ...(retweeted && !isPrivate ? [`${handle} by bystander`] : [])];
  });
  expect(heard.sort()).toEqual(expected.sort());
  expect(heard).not.toHaveLength(0);
});

test.each(CASES)('a watched tweet of $name is told as the table says', async ({ handle }) => {
  const scene = sceneOf(handle);
  const lookers = LOOKERS.slice(0, 2).map(({ look }) => look(scene));
  const query = `subscription ($ids: [ID!]!) { tweetUpdates(ids: $ids) { tweet { ${WHOLE_TWEET} } } }`;
  const feeds: Feed<TweetUpdate>[] = [];
  for (const [index, { door }] of lookers.entries()) {
    // Each watches one more tweet of its own, whose new channel tells that the subscription stands.
    const ids = [scene.tweetId, [scene.quoteId, scene.replyId][index]];
    feeds.push(await watch(stack, door, query, { ids }));
  }
  // It can be taken back whatever has become of the tweet, and it changes a counter.
  await act(bystander, 'unlikeTweet', scene.tweetId);
  const told = await Promise.all(feeds.map((feed) => feed.next()));
  expect(told.map(({ data }) => outcomeOfTweet(data?.tweetUpdates.tweet))).toEqual(
    lookers.map((looker) => outcomeOf(decide(looker.id, subjectOf(scene, looker), 'direct'))),
  );
  for (const feed of feeds) await feed.close();
  await silence();
});

type TweetUpdate = { tweetUpdates: { tweet: WholeTweet } };
type Live = { homeTimelineUpdates: { tweet: { id: string }; retweetedBy: { id: string } | null } };
test.each(LOOKERS)('$who finds the replies of everybody under a tweet as the table says', async ({ who, look }) => {
  for (const scene of scenes) {
    if (who === 'the author' && scene.case.state === 'erased') continue;
    const looker = look(scene);
    const isErased = scene.case.state === 'erased';
    const subject = { ...subjectOf(scene, looker), tweetState: isErased ? ('deleted' as const) : ('live' as const) };
    for (const list of ['replies', 'conversation'] as const) {
      const found = await repliesTo(stageId, looker.door, list);
      expect(`${scene.case.name}: ${outcomeOfTweet(found.find(({ id }) => id === scene.answerId))}`).toBe(
        `${scene.case.name}: ${outcomeOf(decide(looker.id, subject, 'conversation'))}`,
      );
    }
  }
});

function sceneOf(handle: string): Scene {
  const scene = scenes.find((one) => one.case.handle === handle);
  if (!scene) throw new Error(`No scene of ${handle}.`);
  return scene;
}

/** The stack has seen that nobody listens any more. */
async function silence(): Promise<void> {
  await vi.waitFor(async () => expect(await stack.liveChannels()).toBe(0), { timeout: 10_000, interval: 5 });
}
