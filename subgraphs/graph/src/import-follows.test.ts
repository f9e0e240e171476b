import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockUser } from './block-user.ts';
import { followUser } from './follow-user.ts';
import { importFollows } from './import-follows.ts';
import { readImage } from './read-image.ts';
import { reconcileCounters, reconcileEverybody } from './reconcile-counters.ts';
import { readFollowing } from './store/lists.ts';
import {
  callOf,
  openTestGraph,
  personId,
  readEdges,
  readEvents,
  readPeople,
  type TestGraph,
} from './testing/test-graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph({ followLimit: 50 });
});
afterAll(() => graph.close());

const AT = Date.UTC(2025, 5, 1, 12, 30, 15, 123);

test('follows come in bulk at their moments, once, with counters, revisions and events', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => graph.addPerson(1_000 + index));
  await readImage(graph, ids[0] ?? '');
  const follows = ids.flatMap((followerId, a) =>
    ids.flatMap((followeeId, b) => (a === b ? [] : [{ followerId, followeeId, atMs: AT + a * 100 + b }])),
  );
  expect(await importFollows(graph, follows)).toBe(40 * 39);
  expect(await importFollows(graph, follows)).toBe(0);
  const people = await readPeople(graph);
  for (const id of ids) {
    expect(people.get(id)).toEqual({ followers: 39, following: 39, revision: 39, followsRevision: 39, erased: false });
  }
  expect(await reconcileCounters(graph, ids)).toEqual([]);
  const events = (await readEvents(graph)).filter(({ actorId }) => actorId === ids[3]);
  expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 39 }, (_, index) => index + 1));
  const latest = await readFollowing(graph.pool, ids[0] ?? '', null, 1);
  expect(latest).toEqual([{ atMs: AT + 39, userId: ids[39] }]);
  expect((await readImage(graph, ids[0] ?? '')).value.following).toEqual(ids.slice(1));
});

test('imports running at once neither collide nor count twice', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => personId(2_000 + index));
  const follows = ids.flatMap((followerId) =>
    ids.flatMap((followeeId) => (followerId === followeeId ? [] : [{ followerId, followeeId, atMs: AT }])),
  );
  const created = await Promise.all([
    importFollows(graph, follows),
    importFollows(graph, follows.toReversed()),
    importFollows(graph, follows.slice(30, 90)),
  ]);
  expect(created.reduce((sum, count) => sum + count)).toBe(12 * 11);
  expect(await reconcileCounters(graph, ids)).toEqual([]);
});

test('follows of oneself, across a block and beyond the limit are left out; requests of imported pairs end', async () => {
  const [ann, ben, cat] = [graph.addPerson(3_000), graph.addPerson(3_001, { isPrivate: true }), graph.addPerson(3_002)];
  await followUser(graph, callOf(ann), ben);
  await blockUser(graph, callOf(cat), ann);
  const many = Array.from({ length: 60 }, (_, index) => ({
    followerId: ann,
    followeeId: personId(4_000 + index),
    atMs: AT,
  }));
  const follows = [
    { followerId: ann, followeeId: ann, atMs: AT },
    { followerId: ann, followeeId: cat, atMs: AT },
    { followerId: ann, followeeId: ben, atMs: AT },
    { followerId: ann, followeeId: ben, atMs: AT + 1 },
    ...many,
  ];
  expect(await importFollows(graph, follows)).toBe(50);
  expect(await importFollows(graph, follows)).toBe(0);
  const edges = await readEdges(graph);
  expect(edges.follow_request).toEqual([]);
  expect(edges.follow).toContain(`${ann}>${ben}`);
  expect(edges.follow).not.toContain(`${ann}>${cat}`);
  expect((await readPeople(graph)).get(ann)).toMatchObject({ following: 50 });
});

test('a malformed import is refused as a whole', async () => {
  const good = { followerId: personId(5_000), followeeId: personId(5_001), atMs: AT };
  for (const bad of [
    { ...good, followerId: 'x' },
    { ...good, followeeId: '' },
    { ...good, atMs: -1 },
    { ...good, atMs: 1e17 },
  ]) {
    await expect(importFollows(graph, [good, bad])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  }
  await expect(importFollows(graph, Array(5_001).fill(good))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect((await readPeople(graph)).has(good.followerId)).toBe(false);
});

test('a wrong counter is found and repaired', async () => {
  const [dan, eve] = [graph.addPerson(6_000), graph.addPerson(6_001)];
  await followUser(graph, callOf(dan), eve);
  await graph.pool.query('UPDATE person SET follower_count = 7, following_count = 3 WHERE user_id = $1', [eve]);
  const wrong = { followerCount: 7, followingCount: 3 };
  const right = { followerCount: 1, followingCount: 0 };
  expect(await reconcileCounters(graph, [dan, eve])).toEqual([{ userId: eve, before: wrong, after: right }]);
  expect(await reconcileCounters(graph, [dan, eve])).toEqual([]);
  expect((await readPeople(graph)).get(eve)).toMatchObject({ followers: 1, following: 0 });
});

test('everybody is recounted page by page, and who was wrong is told', async () => {
  const [ann, ben] = [graph.addPerson(7_000), graph.addPerson(7_001)];
  await followUser(graph, callOf(ann), ben);
  await graph.pool.query('UPDATE person SET following_count = following_count + 5 WHERE user_id = $1', [ann]);
  const heard: [number, number][] = [];
  const options = { pageSize: 3, onProgress: (done: number, total: number) => void heard.push([done, total]) };
  const repairs = await reconcileEverybody(graph, options);
  expect(repairs.map(({ userId }) => userId)).toEqual([ann]);
  const everybody = (await readPeople(graph)).size;
  expect(everybody).toBeGreaterThan(3);
  expect(heard[0]).toEqual([3, everybody]);
  expect(heard.at(-1)).toEqual([everybody, everybody]);
  expect(await reconcileEverybody(graph)).toEqual([]);
});
