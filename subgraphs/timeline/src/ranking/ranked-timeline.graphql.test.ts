import { firstIdAt, justAbove } from '@starling/domain/ids.ts';
import { encodeCursor } from '@starling/kit/cursor.ts';
import { createCall } from '@starling/kit/call.ts';
import { ANONYMOUS } from '@starling/kit/principal.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { beforeEach, expect, test } from 'vitest';
import { homeCursor } from '../cursors.ts';
import { openTestTimeline, type TestTimeline } from '../testing/test-timeline.ts';
import { createWorld, type Person, type World } from '../testing/world.ts';
import { rankedCursor } from './ranked-place.ts';

const HOME = `query ($first: Int!, $after: String, $order: HomeTimelineOrder! = RANKED) {
  homeTimeline(first: $first, after: $after, order: $order) {
    edges { cursor node { id } rank { score affinity weight decay } } pageInfo { hasNextPage endCursor } } }`;
const WHY = `query ($tweetId: ID!, $order: HomeTimelineOrder! = RANKED) {
  whyNotInMyTimeline(tweetId: $tweetId, order: $order) { reason { kind } rankedBelow } }`;

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

let world: World;
let timeline: TestTimeline;
let viewer: Person;
let author: Person;
let friend: Person;

beforeEach(async () => {
  world = createWorld(5);
  [viewer, author, friend] = world.people as [Person, Person, Person];
  world.follow(viewer, author);
  world.follow(viewer, friend);
  const settings = { rankedCandidates: 3, affinityForMs: 1, auditEveryMs: 0, collapseWithin: 0 };
  timeline = await openTestTimeline(world, settings);
});

test('every ranked edge has a score that can be recomputed, and the others have none', async () => {
  world.post(author);
  world.like(viewer, world.post(author));
  world.post(friend);
  world.retweet(friend, world.post(author));
  const { homeTimeline } = await read(HOME, { first: 9 });
  const ranks = homeTimeline.edges.map(({ rank }) => rank);
  expect(ranks).toHaveLength(5);
  for (const rank of ranks.slice(0, 3)) {
    const { score, affinity, weight, decay } = rank!;
    expect(score).toBe(affinity * weight * decay);
    expect(score).toBeGreaterThan(0);
  }
  expect(ranks.slice(0, 3).map((rank) => rank!.score)).toEqual(
    ranks
      .slice(0, 3)
      .map((rank) => rank!.score)
      .sort((a, b) => b - a),
  );
  expect(ranks.slice(3)).toEqual([null, null]);
  const latest = await read(HOME, { first: 9, order: 'LATEST' });
  expect(latest.homeTimeline.edges.map(({ rank }) => rank)).toEqual([null, null, null, null, null]);
});

test('a stranger’s tweet with a followed hashtag is ranked, and says what put it there, also below what is ranked', async () => {
  world.unfollow(viewer, friend);
  world.followHashtag(viewer, 'tea');
  const tagged = Array.from({ length: 4 }, () => world.post(friend, { hashtags: ['tea'] }).id);
  const query = `{ homeTimeline(first: 9, order: RANKED) {
    edges { node { id } rank { score } reason { kind hashtag } } pageInfo { hasNextPage } } }`;
  const { homeTimeline } = await read(query, {});
  const edges = homeTimeline.edges as unknown as { node: { id: string }; rank: object | null; reason: object }[];
  expect(edges.map(({ node }) => node.id).sort()).toEqual(tagged.sort());
  expect(edges.map(({ rank }) => rank !== null)).toEqual([true, true, true, false]);
  for (const { reason } of edges) expect(reason).toEqual({ kind: 'HASHTAG', hashtag: 'tea' });
});

test('an edge names all followees whose retweets are one with it, as in the order LATEST', async () => {
  await timeline.close();
  timeline = await openTestTimeline(world, { rankedCandidates: 3, affinityForMs: 1, auditEveryMs: 0 });
  world.follow(viewer, world.people[3]!);
  const tweet = world.post(world.people[4]!);
  const retweeters = [author, friend, world.people[3]!];
  for (const retweeter of retweeters) world.retweet(retweeter, tweet);
  const query = `query ($order: HomeTimelineOrder!) {
    homeTimeline(first: 9, order: $order) { edges { node { id } retweetedBy { id } reason { kind followees { id } } } } }`;
  const [ranked, latest] = await Promise.all(['RANKED', 'LATEST'].map((order) => read(query, { order })));
  const names = retweeters.toReversed().map(({ id }) => ({ id }));
  expect(ranked!.homeTimeline.edges).toEqual([
    { node: { id: tweet.id }, retweetedBy: names[0], reason: { kind: 'RETWEET', followees: names } },
  ]);
  expect(ranked).toEqual(latest);
});

test('the newest is named first, also where an older entry ranks higher and stands for both', async () => {
  await timeline.close();
  timeline = await openTestTimeline(world, { collapseWithin: 1, affinityForMs: 1, auditEveryMs: 0 });
  for (let count = 0; count < 9; count += 1) world.like(viewer, world.post(friend));
  const tweet = world.post(world.people[4]!);
  const older = world.retweet(friend, tweet);
  world.post(author);
  const newer = world.retweet(author, tweet);
  world.advance(1);
  const query = `{ homeTimeline(first: 50, order: RANKED) { edges { node { id } retweetedBy { id } reason { followees { id } } } } }`;
  const { homeTimeline } = await read(query, {});
  expect(homeTimeline.edges).toContainEqual({
    node: { id: tweet.id },
    retweetedBy: { id: older.actorId },
    reason: { followees: [{ id: newer.actorId }, { id: older.actorId }] },
  });
});

test('each edge’s cursor goes on after it', async () => {
  for (let count = 0; count < 6; count += 1) world.post(count % 2 ? author : friend);
  const { homeTimeline } = await read(HOME, { first: 9 });
  const all = homeTimeline.edges.map(({ node }) => node.id);
  for (const [index, { cursor }] of homeTimeline.edges.entries()) {
    const rest = await read(HOME, { first: 9, after: cursor });
    expect(rest.homeTimeline.edges.map(({ node }) => node.id)).toEqual(all.slice(index + 1));
  }
});

test('cursors of one order are refused in the other, and so is what is no cursor', async () => {
  const { id } = world.post(author);
  const epochId = firstIdAt(world.now());
  const epoch = { id: epochId, beforeId: id, floorId: null };
  const ranked = rankedCursor({ id, epoch, score: 1 });
  const broken = [
    homeCursor(id, null),
    'abc',
    '',
    encodeCursor('home-ranked', []),
    encodeCursor('home-ranked', ['17']),
    encodeCursor('home-ranked', [epochId, id, id, 'high', id]),
    encodeCursor('home-ranked', [epochId, id, '', 1, id, id]),
    encodeCursor('home-ranked', [1, id, '', 1, id]),
    rankedCursor({ id, epoch: { ...epoch, floorId: justAbove(id) }, score: 1 }),
    ...[justAbove(epochId), firstIdAt(world.now() + HOUR_MS), firstIdAt(world.now() - 8 * DAY_MS)].map((wrong) =>
      rankedCursor({ id, epoch: { ...epoch, id: wrong }, score: 1 }),
    ),
  ];
  for (const after of broken) expect(await codeOf(HOME, { first: 1, after })).toBe('BAD_CURSOR');
  for (const after of [ranked, rankedCursor({ id, epoch, score: null })]) {
    expect(await codeOf(HOME, { first: 1, after, order: 'LATEST' })).toBe('BAD_CURSOR');
    expect(await codeOf(HOME, { first: 1, after })).toBeUndefined();
  }
});

test('whyNotInMyTimeline tells below how many entries a tweet is ranked', async () => {
  const old = world.post(author);
  const [first, second, third] = [world.post(author), world.post(author), world.post(author)];
  for (const person of world.people) world.like(person, first);
  const why = async (tweetId: string, order?: string) =>
    (await read(WHY, { tweetId, ...(order && { order }) })).whyNotInMyTimeline;
  expect(await Promise.all([first, third, second, old].map(({ id }) => why(id)))).toEqual(
    [0, 1, 2, 3].map((rankedBelow) => ({ reason: { kind: 'TWEET' }, rankedBelow })),
  );
  expect(await why(first.id, 'LATEST')).toEqual({ reason: { kind: 'TWEET' }, rankedBelow: null });
  world.unfollow(viewer, author);
  expect(await why(first.id)).toEqual({ reason: null, rankedBelow: null });
});

type Rank = { score: number; affinity: number; weight: number; decay: number };
type Data = {
  homeTimeline: { edges: { cursor: string; node: { id: string }; rank: Rank | null }[] };
  whyNotInMyTimeline: object | null;
};

async function run(query: string, variables: Record<string, unknown>) {
  const call = createCall({ principal: { ...ANONYMOUS, userId: viewer.id } });
  return executeInSubgraph(timeline.subgraph, { query, variables }, call);
}

async function read(query: string, variables: Record<string, unknown>): Promise<Data> {
  const { data, errors } = await run(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}

async function codeOf(query: string, variables: Record<string, unknown>): Promise<unknown> {
  return (await run(query, variables)).errors?.[0]?.extensions?.['code'];
}
