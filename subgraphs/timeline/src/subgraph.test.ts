import { parse, subscribe, type ExecutionResult } from 'graphql';
import { beforeEach, describe, expect, test } from 'vitest';
import { homeCursor, profileCursor } from './cursors.ts';
import { codesOf, openTestTimeline, type TestTimeline } from './testing/test-timeline.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

const HOME = `query ($first: Int!, $after: String) { homeTimeline(first: $first, after: $after) {
  edges { cursor node { id } retweetedBy { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

let world: World;
let timeline: TestTimeline;
let viewer: Person;
let author: Person;
let stranger: Person;

beforeEach(async () => {
  world = createWorld(3);
  [viewer, author, stranger] = world.people as [Person, Person, Person];
  timeline = await openTestTimeline(world);
});

describe('homeTimeline', () => {
  test('gives tweets with their retweeters, page by page', async () => {
    world.follow(viewer, author);
    const tweet = world.post(author);
    const retweet = world.retweet(author, world.post(stranger));
    const first = await timeline.ask(viewer, HOME, { first: 1 });
    const { edges, pageInfo } = first.data.homeTimeline;
    expect(edges).toEqual([
      { cursor: homeCursor(retweet.id, null), node: { id: retweet.tweetId }, retweetedBy: { id: author.id } },
    ]);
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor,
      endCursor: edges[0]?.cursor,
    });
    const second = await timeline.ask(viewer, HOME, { first: 1, after: pageInfo.endCursor });
    expect(second.data.homeTimeline).toMatchObject({
      edges: [{ node: { id: tweet.id }, retweetedBy: null }],
      pageInfo: { hasNextPage: false },
    });
  });

  test('as of a moment is as it was then, and its cursor is of that moment', async () => {
    const AT = `query ($first: Int!, $after: String, $asOf: DateTime) { homeTimeline(first: $first, after: $after, asOf: $asOf) {
      edges { node { id } reason { followees { id } } } pageInfo { hasNextPage endCursor } } }`;
    world.follow(viewer, author);
    const [older, retweet] = [world.post(author), world.retweet(author, world.post(stranger))];
    const asOf = new Date(world.now()).toISOString();
    world.undo(world.retweet(author, world.post(stranger)));
    world.advance(1);
    world.undo(retweet);
    world.unfollow(viewer, author);
    world.post(author);
    expect((await timeline.ask(viewer, HOME, { first: 9 })).data.homeTimeline.edges).toEqual([]);
    const { edges, pageInfo } = (await timeline.ask(viewer, AT, { first: 1, asOf })).data.homeTimeline;
    expect(edges).toEqual([{ node: { id: retweet.tweetId }, reason: { followees: [{ id: author.id }] } }]);
    const after = pageInfo.endCursor;
    const second = await timeline.ask(viewer, AT, { first: 9, asOf, after });
    expect(second.data.homeTimeline.edges.map(({ node }) => node.id)).toEqual([older.id]);
    const others = [{ asOf: new Date(world.now()).toISOString() }, {}];
    for (const other of others)
      expect(codesOf(await timeline.ask(viewer, AT, { first: 9, after, ...other }))).toEqual(['BAD_CURSOR']);
  });

  test.each([[1], [10 ** 12]])('refuses a moment that comes in %d ms', async (ms) => {
    const query = 'query ($asOf: DateTime) { homeTimeline(first: 1, asOf: $asOf) { edges { cursor } } }';
    const askAt = (at: number) => timeline.ask(viewer, query, { asOf: new Date(at).toISOString() });
    expect(codesOf(await askAt(world.now() + ms))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await askAt(world.now()))).toEqual([]);
    const ranked =
      'query ($asOf: DateTime) { homeTimeline(first: 1, asOf: $asOf, order: RANKED) { edges { cursor } } }';
    const asOf = new Date(world.now()).toISOString();
    expect(codesOf(await timeline.ask(viewer, ranked, { asOf }))).toEqual(['BAD_USER_INPUT']);
  });

  test('says of each entry why it is there', async () => {
    world.follow(viewer, author);
    world.post(viewer);
    world.post(author, { parent: world.post(author) });
    world.retweet(author, world.post(stranger));
    world.followHashtag(viewer, 'tea');
    world.post(stranger, { hashtags: ['cake', 'tea'] });
    world.post(author, { hashtags: ['tea'] });
    const { data } = await timeline.ask(
      viewer,
      '{ homeTimeline(first: 9) { edges { reason { kind followees { id } hashtag } } pageInfo { endCursor } } }',
      {},
    );
    const byAuthor = [{ id: author.id }];
    expect(data.homeTimeline.edges.map(({ reason }) => reason)).toEqual([
      { kind: 'TWEET', followees: byAuthor, hashtag: null },
      { kind: 'HASHTAG', followees: [], hashtag: 'tea' },
      { kind: 'RETWEET', followees: byAuthor, hashtag: null },
      { kind: 'REPLY', followees: byAuthor, hashtag: null },
      { kind: 'TWEET', followees: byAuthor, hashtag: null },
      { kind: 'OWN', followees: [], hashtag: null },
    ]);
  });

  test('is the same after every timeline was dropped', async () => {
    world.follow(viewer, author);
    for (let count = 0; count < 5; count++) world.post(author);
    const before = await timeline.ask(viewer, HOME, { first: 3 });
    expect(await timeline.dropAllTimelines()).toBe(1);
    expect(await timeline.ask(viewer, HOME, { first: 3 })).toEqual(before);
  });

  test('of somebody who follows nobody and wrote nothing is empty', async () => {
    const { data } = await timeline.ask(viewer, HOME, { first: 10 });
    expect(data.homeTimeline).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  test('tells by no cursor of a private person’s tweet with a hashtag that the viewer follows', async () => {
    world.followHashtag(viewer, 'tea');
    const tweet = world.post(stranger, { hashtags: ['tea'] });
    expect((await timeline.ask(viewer, HOME, { first: 1 })).data.homeTimeline.edges).toMatchObject([
      { node: { id: tweet.id } },
    ]);
    stranger.isPrivate = true;
    for (const order of ['LATEST', 'RANKED']) {
      const { data } = await timeline.ask(
        viewer,
        'query ($order: HomeTimelineOrder!) { homeTimeline(first: 1, order: $order) { edges { cursor } pageInfo { endCursor } } }',
        { order },
      );
      expect(data.homeTimeline).toEqual({ edges: [], pageInfo: { endCursor: null } });
    }
  });

  test('is for those who are logged in', async () => {
    expect(codesOf(await timeline.ask(null, HOME, { first: 1 }))).toEqual(['UNAUTHENTICATED']);
  });

  test.each([0, -1, 101])('refuses first: %i', async (first) => {
    expect(codesOf(await timeline.ask(viewer, HOME, { first }))).toEqual(['BAD_USER_INPUT']);
  });

  test('refuses cursors that are not its own', async () => {
    const foreign = [profileCursor(author.id, author.id), homeCursor('17', null), 'abc', '', '💥'];
    for (const after of foreign)
      expect(codesOf(await timeline.ask(viewer, HOME, { first: 1, after }))).toEqual(['BAD_CURSOR']);
  });
});

test('homeTimelineUpdates tells what the worker brings, and who retweeted it', async () => {
  world.follow(viewer, author);
  const updates = await listen(viewer);
  const retweet = world.retweet(author, world.post(stranger));
  await timeline.consumers[0]!.handle(world.events);
  expect(await updates.next()).toMatchObject({
    value: { data: { homeTimelineUpdates: { tweet: { id: retweet.tweetId }, retweetedBy: { id: author.id } } } },
  });
  await updates.return!();
});

test('homeTimelineUpdates is for those who are logged in', async () => {
  const answer = await subscribe({
    schema: timeline.subgraph.schema,
    document: UPDATES,
    contextValue: timeline.contextOf(null),
  });
  expect(codesOf(answer as ExecutionResult)).toEqual(['UNAUTHENTICATED']);
});

const UPDATES = parse('subscription { homeTimelineUpdates { tweet { id } retweetedBy { id } } }');

async function listen(person: Person): Promise<AsyncIterableIterator<ExecutionResult>> {
  const answer = await subscribe({
    schema: timeline.subgraph.schema,
    document: UPDATES,
    contextValue: timeline.contextOf(person),
  });
  if (!(Symbol.asyncIterator in answer)) throw new Error(JSON.stringify(answer));
  return answer as AsyncIterableIterator<ExecutionResult>;
}
