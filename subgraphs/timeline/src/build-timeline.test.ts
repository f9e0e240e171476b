import { AFTER_EVERY_ID } from '@starling/domain/ids.ts';
import { describe, expect, test } from 'vitest';
import { createTimelineBuilder } from './build-timeline.ts';
import { CALL, createProduct } from './testing/product.ts';
import { createWorld, type World } from './testing/world.ts';
import { viewpointOf } from './viewpoint.ts';

const LIMITS = { kept: 20, trimAbove: 30, maxTimelines: 10 };

describe('building a timeline', () => {
  test('keeps what was pushed after the stores were read', async () => {
    const { world, product, viewer, author, between } = setUp();
    between.once(async () => {
      world.post(author);
      await product.deliver(world.events);
    });
    await product.home(viewer.id, 1);
    expect(between.calls).toBe(1);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  });

  test('is not finished if the list was dropped meanwhile, and the reader is answered from the stores', async () => {
    const { world, product, viewer, author, between } = setUp();
    between.once(async () => {
      await product.store.drop([viewer.id]);
      world.post(author);
      await product.deliver(world.events);
    });
    const page = await product.home(viewer.id, 10);
    expect(page.entries.map(({ id }) => id)).toEqual(world.homeOf(viewer));
    expect(await product.store.read(viewer.id, { beforeId: AFTER_EVERY_ID, limit: 1 })).toBeNull();
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  });

  test('lacks a followee of the meantime, which the next reader notices', async () => {
    const { world, product, viewer, stranger, between } = setUp();
    world.post(stranger);
    await product.deliver(world.events);
    between.once(async () => world.follow(viewer, stranger));
    await product.home(viewer.id, 10);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
    expect(between.calls).toBe(2);
  });

  test('yields to a build that another process began later', async () => {
    const { world, product, viewer, author, between } = setUp();
    const { store, tweets, fame } = product.deps;
    const buildElsewhere = createTimelineBuilder({ store, tweets, fame, kept: LIMITS.kept, now: world.now });
    const point = await viewpointOf(world.services.graph, CALL, viewer.id);
    between.once(async () => {
      world.post(author);
      await product.deliver(world.events);
      await buildElsewhere(CALL, point);
    });
    await product.deps.build(CALL, point);
    expect((await store.read(viewer.id, { beforeId: AFTER_EVERY_ID, limit: 10 }))?.ids).toEqual(world.homeOf(viewer));
    expect(between.calls).toBe(2);
  });

  test('happens once for readers that come together', async () => {
    const { product, world, viewer, between } = setUp();
    const pages = await Promise.all([1, 2, 3].map((first) => product.wholeHome(viewer.id, first)));
    expect(pages).toEqual(Array(3).fill(world.homeOf(viewer)));
    expect(between.calls).toBe(1);
  });

  test('is tried again after it failed', async () => {
    const { product, world, viewer, between } = setUp();
    between.once(async () => {
      throw new Error('tweets are away');
    });
    const page = await product.home(viewer.id, 10);
    expect(page.entries.map(({ id }) => id)).toEqual(world.homeOf(viewer));
    expect(product.warnings).toHaveLength(1);
    await product.home(viewer.id, 10);
    expect(product.warnings).toHaveLength(1);
  });

  test('does not end with the caller that started it', async () => {
    const { product, viewer, builds } = setUp();
    const gone = AbortSignal.abort();
    const point = await viewpointOf(product.deps.graph, CALL, viewer.id);
    await product.deps.build({ ...CALL, signal: gone }, point);
    expect(builds.map(({ signal }) => signal)).toEqual([undefined]);
  });
});

test('a store that is away makes a home timeline slower and no different', async () => {
  const { world, viewer } = setUp();
  const away = async (): Promise<never> => {
    throw new Error('away');
  };
  const product = createProduct(world, { wrapStore: (store) => ({ ...store, read: away, begin: away }) });
  expect(await product.wholeHome(viewer.id, 2)).toEqual(world.homeOf(viewer));
});

/** A viewer who follows an author with three tweets; `between` runs after a build has read the stores and before it ends. */
function setUp() {
  const world = createWorld(3);
  const [viewer, author, stranger] = world.people as [World['people'][0], World['people'][0], World['people'][0]];
  world.follow(viewer, author);
  for (let count = 0; count < 3; count++) world.post(author);
  const between = createHook();
  const builds: { signal?: AbortSignal }[] = [];
  const { tweets } = world.services;
  const listByActors: typeof tweets.listByActors = async (call, request) => {
    const answer = await tweets.listByActors(call, request);
    if (request.limit !== LIMITS.kept) return answer;
    builds.push(call as { signal?: AbortSignal });
    await between.run();
    return answer;
  };
  const product = createProduct(world, {
    limits: LIMITS,
    services: { ...world.services, tweets: { ...tweets, listByActors } },
  });
  return { world, product, viewer, author, stranger, between, builds };
}

function createHook() {
  let next: (() => Promise<void>) | null = null;
  const hook = {
    calls: 0,
    once: (act: () => Promise<void>) => void (next = act),
    async run(): Promise<void> {
      hook.calls += 1;
      const act = next;
      next = null;
      await act?.();
    },
  };
  return hook;
}
