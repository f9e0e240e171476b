import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VersionedCache } from '@starling/kit/cache/port.ts';
import { graphConsumers } from './consumes.ts';
import { followUser } from './follow-user.ts';
import { muteUser } from './mute-user.ts';
import { readImage } from './read-image.ts';
import { readImage as readStoredImage, type RelationImage } from './store/relations.ts';
import { callOf, openTestGraph, readEvents, type TestGraph } from './testing/test-graph.ts';
import { unfollowUser } from './unfollow-user.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.close());

const away: VersionedCache<RelationImage> = {
  getMany: () => Promise.reject(new Error('away')),
  putIfNewer: () => Promise.reject(new Error('away')),
  invalidate: () => Promise.reject(new Error('away')),
  clear: () => Promise.reject(new Error('away')),
};

test('an image is read once and then served from the cache', async () => {
  const [ann, ben] = [graph.addPerson(1), graph.addPerson(2)];
  await followUser(graph, callOf(ann), ben);
  const first = await readImage(graph, ann);
  expect(first).toMatchObject({ revision: 1n, value: { following: [ben], followsRevision: '1' } });
  const broken = { query: () => Promise.reject(new Error('The store was asked')) } as unknown as TestGraph['pool'];
  expect(await readImage({ ...graph, pool: broken }, ann)).toEqual(first);
});

test('a person without any relation has an empty image', async () => {
  const value = { followsRevision: '0', following: [], blocking: [], blockedBy: [], muting: [] };
  expect(await readImage(graph, graph.addPerson(3))).toEqual({ revision: 0n, value });
});

test('a slow reader cannot bring an old image back', async () => {
  const [cat, dan] = [graph.addPerson(4), graph.addPerson(5)];
  await followUser(graph, callOf(cat), dan);
  const old = await readStoredImage(graph.pool, cat);
  await unfollowUser(graph, callOf(cat), dan);
  await graph.images.putIfNewer(cat, old.revision, old.value);
  expect((await readImage(graph, cat)).value.following).toEqual([]);
  await graph.images.putIfNewer(cat, old.revision, old.value);
  expect((await readImage(graph, cat)).value.following).toEqual([]);
});

test('a cache that is away fails no mutation and no read', async () => {
  const without = { ...graph, images: away };
  const [eve, fay] = [graph.addPerson(6), graph.addPerson(7)];
  expect(await followUser(without, callOf(eve), fay)).toEqual({ userId: fay });
  expect((await readImage(without, eve)).value.following).toEqual([fay]);
  expect(graph.logged.length).toBeGreaterThan(0);
});

test('the event invalidates what a mutation could not, and waits while the cache is away', async () => {
  const [gus, hal] = [graph.addPerson(8), graph.addPerson(9)];
  await readImage(graph, gus);
  await muteUser({ ...graph, images: away }, callOf(gus), hal);
  expect((await readImage(graph, gus)).value.muting).toEqual([]);
  const event = (await readEvents(graph)).find(({ actorId }) => actorId === gus);
  const record = {
    topic: 'relation.v1',
    key: gus,
    value: JSON.stringify(event),
    headers: {},
    partition: 0,
    offset: 0n,
    appendedAt: 0,
  };
  const handle = (images: typeof away) =>
    graphConsumers({ ...graph, images })
      .find(({ group }) => group === 'graph-relations')
      ?.handle([record]);
  await expect(handle(away)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await handle(graph.images);
  await handle(graph.images);
  expect((await readImage(graph, gus)).value.muting).toEqual([hal]);
});
