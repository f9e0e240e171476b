import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { createProduct } from '@starling/timeline/testing/product.ts';
import { createWorld, type Person } from '@starling/timeline/testing/world.ts';
import { EVERYTHING, type TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisKinds, type TestRedis } from '../support/redis.ts';
import { id, timelineStoreAdapters, user } from './timeline-store-adapters.ts';

const LIMITS = { kept: 30, trimAbove: 40, maxTimelines: 10_000, expiryMs: 100_000_000 };
const ROUNDS = 150;

describe.each(timelineStoreAdapters)('a rebuild of all timelines: $name', ({ open }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());

  test('no read is wrong beside it, while people post and read', async () => {
    const world = createWorld(6);
    const [author, other, ...viewers] = world.people as [Person, Person, ...Person[]];
    for (const viewer of viewers) for (const followee of [author, other]) world.follow(viewer, followee);
    const { store } = await adapter.subject(LIMITS);
    const product = createProduct(world, { limits: LIMITS, wrapStore: () => store });
    const delivered: Id[] = [];
    let isOver = false;

    const postAll = async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { id: entryId } = world.post(round % 2 === 0 ? author : other);
        await product.deliver(world.events.slice(-1));
        delivered.push(entryId);
        world.advance(1);
      }
      isOver = true;
    };
    const readOn = async (viewer: Person): Promise<number> => {
      let reads = 0;
      for (; !isOver; reads += 1) {
        const due = delivered.slice(-20).reverse();
        const { entries } = await product.home(viewer.id, 40);
        expect(entries.map((entry) => entry.id)).toEqual(expect.arrayContaining(due));
      }
      return reads;
    };
    const dropOn = async (): Promise<number> => {
      let drops = 0;
      for (; !isOver; drops += 1) await store.dropAll();
      return drops;
    };
    const [drops, , ...reads] = await Promise.all([dropOn(), postAll(), ...viewers.map(readOn)]);
    expect(drops).toBeGreaterThan(3);
    expect(Math.min(...reads)).toBeGreaterThan(3);
    for (const viewer of viewers) {
      expect(await product.wholeHome(viewer.id, 20)).toEqual(world.homeOf(viewer));
      const list = await store.read(viewer.id, { beforeId: AFTER_EVERY_ID, limit: 20 });
      expect(list?.ids ?? null).toEqual(world.homeOf(viewer).slice(0, 20));
    }
  });
});

for (const { name, isMissing, open } of await redisKinds())
  describe.skipIf(isMissing)(`a drop of all timelines: ${name}`, () => {
    let redis: TestRedis;
    beforeAll(async () => void (redis = await open()));
    afterAll(() => redis.close());

    const isThere = (store: TimelineStore, viewerIds: readonly Id[]) =>
      Promise.all(
        viewerIds.map(
          async (viewerId) => (await store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 9 })) !== null,
        ),
      );
    async function build(store: TimelineStore, viewerIds: readonly Id[]): Promise<void> {
      await Promise.all(
        viewerIds.map(async (viewerId) => {
          await store.begin(viewerId, { token: 'f', followsRevision: 1n });
          expect(await store.finish(viewerId, { token: 'f', ids: [id(1)], completeFrom: EVERYTHING })).toBe(true);
        }),
      );
    }
    const viewersOf = (count: number) => Array.from({ length: count }, (_, number) => user(number));

    test('misses no list that its search misses, as that of a slot on its way', async () => {
      const namespace = redis.newNamespace();
      const store = createRedisTimelineStore({ ...LIMITS, redis: redis.connection, namespace });
      const connection = { ...redis.connection, masters: () => [] };
      const seeingNone = createRedisTimelineStore({ ...LIMITS, redis: connection, namespace });
      const viewerIds = viewersOf(20);
      await build(store, viewerIds);
      await store.begin(user(99), { token: 'f', followsRevision: 1n });
      expect(await seeingNone.dropAll()).toBe(0);
      expect(await isThere(store, viewerIds)).toEqual(viewerIds.map(() => false));
      expect(await store.finish(user(99), { token: 'f', ids: [], completeFrom: EVERYTHING })).toBe(false);
      // A bucket that begins afresh meanwhile does not forget it.
      for (const part of await store.recovery.lostParts())
        expect(await store.recovery.believe(part, { positions: new Map(), afresh: true })).toBe(true);
      expect(await isThere(store, viewerIds)).toEqual(viewerIds.map(() => false));
      await build(store, viewerIds.slice(0, 5));
      expect(await store.dropAll()).toBe(21);
      await build(store, viewerIds);
      expect(await isThere(store, viewerIds)).toEqual(viewerIds.map(() => true));
    });

    test('removes no list that was begun meanwhile', async () => {
      const store = createRedisTimelineStore({ ...LIMITS, redis: redis.connection, namespace: redis.newNamespace() });
      const viewerIds = viewersOf(3_000);
      await build(store, viewerIds);
      let building: Promise<void> | undefined;
      await store.dropAll({ onProgress: () => void (building ??= build(store, viewerIds)) });
      await building;
      expect(new Set(await isThere(store, viewerIds))).toEqual(new Set([true]));
    });

    test('tells how far it is, and can be ended; then nobody believes the lists that are left', async () => {
      const store = createRedisTimelineStore({ ...LIMITS, redis: redis.connection, namespace: redis.newNamespace() });
      const viewerIds = viewersOf(3_000);
      await build(store, viewerIds);
      const stopping = new AbortController();
      const told: [number, number][] = [];
      const dropped = await store.dropAll({
        signal: stopping.signal,
        onProgress(...progress) {
          told.push(progress);
          stopping.abort();
        },
      });
      expect(told).toEqual([[1_000, expect.any(Number)]]);
      expect(dropped).toBeLessThan(3_000);
      expect(new Set(await isThere(store, viewerIds))).toEqual(new Set([false]));
      const rest = await store.dropAll({ onProgress: (...progress) => void told.push(progress) });
      expect(rest + dropped).toBe(3_000);
      const [done, total] = told.at(-1) ?? [0, 1];
      expect(done).toBe(total);
    });
  });
