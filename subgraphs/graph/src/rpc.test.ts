import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockUser } from './block-user.ts';
import { followHashtag, unfollowHashtag } from './follow-hashtag.ts';
import { followUser } from './follow-user.ts';
import { importFollows } from './import-follows.ts';
import { muteUser } from './mute-user.ts';
import { unfollowUser } from './unfollow-user.ts';
import { graphRpc } from './rpc.ts';
import { callOf, openTestGraph, personId, type TestGraph } from './testing/test-graph.ts';

let graph: TestGraph;
let rpc: ReturnType<typeof graphRpc>;
beforeAll(async () => {
  graph = await openTestGraph();
  rpc = graphRpc(graph);
});
afterAll(() => graph.close());

const call = callOf(null);

async function stream(userId: string, pageSize: number, afterId = ''): Promise<string[][]> {
  const pages: string[][] = [];
  for await (const { ids } of rpc.streamFollowers(call, { userId, pageSize, afterId, famousAtMs: 0n })) pages.push(ids);
  return pages;
}

test('relations to others come in the order asked for, unknown people included', async () => {
  const [viewer, ann, ben, cat] = [graph.addPerson(1), graph.addPerson(2), graph.addPerson(3), graph.addPerson(4)];
  await followUser(graph, callOf(viewer), ann);
  await followUser(graph, callOf(ann), viewer);
  await blockUser(graph, callOf(ben), viewer);
  await blockUser(graph, callOf(viewer), cat);
  await muteUser(graph, callOf(viewer), cat);
  for (const tag of ['tea', 'Cake']) await followHashtag(graph, callOf(viewer), tag);
  const { relations } = await rpc.getRelationsTo(call, {
    userId: viewer,
    otherIds: [cat, personId(99), ann, ben, ann],
  });
  const none = { following: false, blocking: false, blockedBy: false, muting: false };
  const toAnn = { ...none, otherId: ann, following: true };
  expect(relations).toEqual([
    { ...none, otherId: cat, blocking: true, muting: true },
    { ...none, otherId: personId(99) },
    toAnn,
    { ...none, otherId: ben, blockedBy: true },
    toAnn,
  ]);
  const people = { following: [ann], blocking: [cat], blockedBy: [ben], muting: [cat] };
  const image = { userId: viewer, ...people, hashtags: ['cake', 'tea'] };
  expect(await rpc.getRelations(call, { userId: viewer })).toEqual({ ...image, revision: 6n, followsRevision: 1n });
});

test('followers stream by ascending id, in full pages and from any place', async () => {
  const owner = graph.addPerson(100);
  const followers = Array.from({ length: 10 }, (_, index) => personId(200 + index));
  const follows = followers.map((followerId, index) => ({ followerId, followeeId: owner, atMs: 1_000 - index }));
  expect(await stream(owner, 4)).toEqual([]);
  await importFollows(graph, follows);
  expect(await stream(owner, 4)).toEqual([followers.slice(0, 4), followers.slice(4, 8), followers.slice(8)]);
  expect(await stream(owner, 5)).toEqual([followers.slice(0, 5), followers.slice(5)]);
  expect(await stream(owner, 10_000, followers[6])).toEqual([followers.slice(7)]);
});

test('a stream ends when its caller has gone', async () => {
  const owner = graph.addPerson(101);
  await importFollows(
    graph,
    [1, 2, 3].map((index) => ({ followerId: personId(300 + index), followeeId: owner, atMs: 1 })),
  );
  const gone = new AbortController();
  const pages = rpc.streamFollowers(
    { ...call, signal: gone.signal },
    { userId: owner, pageSize: 1, afterId: '', famousAtMs: 0n },
  );
  const iterator = pages[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toEqual({ ids: [personId(301)] });
  gone.abort();
  await expect(iterator.next()).rejects.toThrow();
});

test('malformed requests are refused', async () => {
  const refused = { code: 'BAD_USER_INPUT' };
  await expect(rpc.getRelations(call, { userId: 'x' })).rejects.toMatchObject(refused);
  await expect(rpc.getRelationsTo(call, { userId: personId(1), otherIds: [''] })).rejects.toMatchObject(refused);
  await expect(
    rpc.getRelationsTo(call, { userId: personId(1), otherIds: Array<string>(1_001).fill(personId(2)) }),
  ).rejects.toMatchObject(refused);
  for (const pageSize of [0, -1, 10_001, 1.5])
    await expect(stream(personId(1), pageSize)).rejects.toMatchObject(refused);
  await expect(stream(personId(1), 1, 'x')).rejects.toMatchObject(refused);
  await expect(
    rpc.importFollows(call, { follows: [{ followerId: 'x', followeeId: personId(1), atMs: 1n }] }),
  ).rejects.toMatchObject(refused);
});

test('who was followed is known of every moment, and when it last ended', async () => {
  const [viewer, ann, ben, cat] = [
    graph.addPerson(9001),
    graph.addPerson(9002),
    graph.addPerson(9003),
    graph.addPerson(9004),
  ];
  const follows = [ann, ben].map((followeeId, index) => ({ followerId: viewer, followeeId, atMs: 1_000 + index }));
  await importFollows(graph, follows);
  const before = graph.now();
  await unfollowUser(graph, callOf(viewer), ann);
  await blockUser(graph, callOf(ben), viewer);
  const at = async (atMs: number) => (await rpc.getFollowingAt(call, { userId: viewer, atMs: BigInt(atMs) })).ids;
  expect(await at(999)).toEqual([]);
  expect(await at(1_000)).toEqual([ann]);
  expect(await at(before - 1)).toEqual([ann, ben]);
  expect(await at(graph.now())).toEqual([]);
  const ended = async () => (await rpc.getFollowEnds(call, { userId: viewer, otherIds: [ann, ben, cat] })).ends;
  const [first] = await ended();
  expect((await ended()).map(({ otherId }) => otherId).sort()).toEqual([ann, ben]);
  expect(Number(first?.atMs)).toBeGreaterThanOrEqual(before);
  await importFollows(graph, [{ followerId: viewer, followeeId: ann, atMs: 500 }]);
  expect(await at(999)).toEqual([ann]);
  expect(await at(1_000)).toEqual([ann]);
});

test('which hashtags were followed is known of every moment', async () => {
  const viewer = graph.addPerson(9_005);
  const [start, tags] = [graph.now(), ['tea', 'cake']];
  for (const tag of tags) await followHashtag(graph, callOf(viewer), tag);
  const between = graph.now();
  await unfollowHashtag(graph, callOf(viewer), 'tea');
  const at = async (atMs: number) => (await rpc.getFollowingAt(call, { userId: viewer, atMs: BigInt(atMs) })).hashtags;
  expect(await at(start)).toEqual([]);
  expect(await at(between)).toEqual(tags);
  expect(await at(graph.now())).toEqual(['cake']);
});

test('questions about the past are bounded', async () => {
  const otherIds = Array.from({ length: 1_001 }, (_, index) => personId(index));
  await expect(rpc.getFollowEnds(call, { userId: personId(1), otherIds })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
  });
});
