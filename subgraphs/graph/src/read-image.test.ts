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
  const value = { followsRevision: '0', following: [], blocking: [], blockedBy: [], muting: [], hashtags: [] };
  expect(await readImage(graph, graph.addPerson(3))).toEqual({ revision: 0n, value });
});

test('a slow reader cannot bring an old image back', async () => {
  const [cat, dan] = [graph.addPerson(4), graph.addPerson(5)];
  await followUser(graph, callOf(cat), dan);
  const { tickets } = await graph.images.getMany([cat]);
  const old = await readStoredImage(graph.pool, cat);
  await unfollowUser(graph, callOf(cat), dan);
  await graph.images.putIfNewer(cat, old.revision, old.value, tickets);
  expect((await readImage(graph, cat)).value.following).toEqual([]);
  await graph.images.putIfNewer(cat, old.revision, old.value, tickets);
  expect((await readImage(graph, cat)).value.following).toEqual([]);
});

test('a cache that is away fails no read, and a mutation before anything is changed', async () => {
  const without = { ...graph, images: away };
  const [eve, fay] = [graph.addPerson(6), graph.addPerson(7)];
  await expect(followUser(without, callOf(eve), fay)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect((await readStoredImage(graph.pool, eve)).value.following).toEqual([]);
  expect((await readEvents(graph)).some(({ actorId }) => actorId === eve)).toBe(false);
  await followUser(graph, callOf(eve), fay);
  expect((await readImage(without, eve)).value.following).toEqual([fay]);
  expect(graph.logged.length).toBeGreaterThan(0);
});

test('no image of before is served from the moment on at which a change may be seen', async () => {
  const [ida, jon] = [graph.addPerson(10), graph.addPerson(11)];
  await readImage(graph, ida);
  const served: (string[] | undefined)[] = [];
  const look = async () => served.push((await graph.images.getMany([ida])).images.get(ida)?.value.muting);
  const pool = onCommit(graph.pool, look);
  await muteUser({ ...graph, pool }, callOf(ida), jon);
  await look();
  expect(served).toEqual([undefined, undefined]);
  expect((await readImage(graph, ida)).value.muting).toEqual([jon]);
});

test('a change that was announced and not committed leaves no older image behind', async () => {
  const [kay, lea] = [graph.addPerson(12), graph.addPerson(13)];
  const before = await readImage(graph, kay);
  const broken = onCommit(graph.pool, () => Promise.reject(new Error('cut')));
  await expect(muteUser({ ...graph, pool: broken }, callOf(kay), lea)).rejects.toThrow('cut');
  expect(await readImage(graph, kay)).toEqual(before);
  await muteUser(graph, callOf(kay), lea);
  expect((await readImage(graph, kay)).value.muting).toEqual([lea]);
});

test('the event invalidates what a mutation could not, and waits while the cache is away', async () => {
  const [gus, hal] = [graph.addPerson(8), graph.addPerson(9)];
  await readImage(graph, gus);
  let calls = 0;
  const images: typeof away = {
    ...graph.images,
    invalidate: (revisions) => ((calls += 1) === 1 ? graph.images.invalidate(revisions) : away.invalidate(revisions)),
  };
  await muteUser({ ...graph, images }, callOf(gus), hal);
  expect(calls).toBe(2);
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

/** The same pool, where `hook` runs right before each commit. */
function onCommit(pool: TestGraph['pool'], hook: () => Promise<unknown>): TestGraph['pool'] {
  const connect = async () => {
    const client = await pool.connect();
    const query = async (...args: Parameters<typeof client.query>) => {
      if (args[0] === ('COMMIT' as unknown)) await hook();
      return client.query(...args);
    };
    return new Proxy(client, {
      get(target, key) {
        if (key === 'query') return query;
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  };
  return new Proxy(pool, {
    get: (target, key) => (key === 'connect' ? connect : (Reflect.get(target, key) as unknown)),
  });
}
