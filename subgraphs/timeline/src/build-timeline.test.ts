import { AFTER_EVERY_ID } from '@starling/domain/ids.ts';
import { describe, expect, test } from 'vitest';
import { createTimelineBuilder } from './build-timeline.ts';
import { readHome } from './read-home.ts';
import { CALL, createProduct } from './testing/product.ts';
import { createWorld, type World } from './testing/world.ts';
import { viewpointOf } from './viewpoint.ts';

const LIMITS = { kept: 20, trimAbove: 30, maxTimelines: 10 };
const WHOLE = { beforeId: AFTER_EVERY_ID, limit: 100 };

describe('building a timeline', () => {
  test('keeps what was pushed after the stores were read', async () => {
    const { world, product, viewer, author, between } = setUp();
    between.once(async () => {
      world.post(author);
      await product.deliver(world.events);
    });
    await product.home(viewer.id, 1);
    expect(await product.store.read(viewer.id, WHOLE)).toMatchObject({ ids: world.homeOf(viewer) });
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  });

  test('answers whoever began it before the rest is read', async () => {
    const { world, product, viewer, author, between } = setUp();
    for (let count = 0; count < 15; count++) world.post(author);
    const rest = between.holdAt(2);
    const page = await readHome(product.deps, CALL, { viewerId: viewer.id, first: 1, after: null });
    expect(page.kept.map(({ id }) => id)).toEqual(world.homeOf(viewer).slice(0, 1));
    expect(await product.store.read(viewer.id, WHOLE)).toBeNull();
    rest.release();
    await product.deps.builder.settled();
    expect(await product.store.read(viewer.id, WHOLE)).toMatchObject({ ids: world.homeOf(viewer) });
  });

  test('answers whoever joins it with what was pushed since its stores were read', async () => {
    const { world, product, viewer, author, between } = setUp();
    for (let count = 0; count < 15; count++) world.post(author);
    const rest = between.holdAt(2);
    await readHome(product.deps, CALL, { viewerId: viewer.id, first: 1, after: null });
    world.post(author);
    await product.deliver(world.events);
    const joined = product.home(viewer.id, 2);
    rest.release();
    expect((await joined).entries.map(({ id }) => id)).toEqual(world.homeOf(viewer).slice(0, 2));
    expect(between.begun).toBe(1);
  });

  test('is not finished if the list was dropped meanwhile', async () => {
    const { world, product, viewer, author, between } = setUp();
    const before = world.homeOf(viewer);
    between.once(async () => {
      await product.store.drop([viewer.id]);
      world.post(author);
      await product.deliver(world.events);
    });
    const page = await product.home(viewer.id, 10);
    expect(page.entries.map(({ id }) => id)).toEqual(before);
    expect(await product.store.read(viewer.id, WHOLE)).toBeNull();
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  });

  test('lacks a followee of the meantime, which the next reader notices', async () => {
    const { world, product, viewer, stranger, between } = setUp();
    world.post(stranger);
    await product.deliver(world.events);
    between.once(async () => world.follow(viewer, stranger));
    await product.home(viewer.id, 10);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
    expect(between.begun).toBe(2);
  });

  test('yields to a build that another process began later', async () => {
    const { world, product, viewer, author, between } = setUp();
    const { store, tweets, fame, logger, builder } = product.deps;
    const elsewhere = createTimelineBuilder({ store, tweets, fame, kept: LIMITS.kept, logger, now: world.now });
    const point = await viewpointOf(world.services.graph, CALL, viewer.id);
    between.once(async () => {
      world.post(author);
      await product.deliver(world.events);
      await elsewhere.build(CALL, point, { newest: 1 }).landed();
    });
    await builder.build(CALL, point, { newest: 1 }).landed();
    expect((await store.read(viewer.id, WHOLE))?.ids).toEqual(world.homeOf(viewer));
    expect(between.begun).toBe(2);
  });

  test('happens once for readers that come together', async () => {
    const { product, world, viewer, between } = setUp();
    const pages = await Promise.all([1, 2, 3].map((first) => product.wholeHome(viewer.id, first)));
    expect(pages).toEqual(Array(3).fill(world.homeOf(viewer)));
    expect(between.begun).toBe(1);
  });

  test.each([
    ['its newest entries', 1],
    ['the rest', 2],
  ])('is tried again after %s could not be read, and the reader is answered', async (_what, place) => {
    const { product, world, viewer, author, between } = setUp();
    for (let count = 0; count < 15; count++) world.post(author);
    between.failAt(place);
    const page = await product.home(viewer.id, 1);
    expect(page.entries.map(({ id }) => id)).toEqual(world.homeOf(viewer).slice(0, 1));
    expect(product.warnings).toHaveLength(1);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
    expect(product.warnings).toHaveLength(1);
    expect(between.begun).toBe(2);
  });

  test('does not end with the caller that started it', async () => {
    const { product, viewer, signals } = setUp();
    const gone = AbortSignal.abort();
    const point = await viewpointOf(product.deps.graph, CALL, viewer.id);
    await product.deps.builder.build({ ...CALL, signal: gone }, point, { newest: 1 }).landed();
    expect(signals).toEqual([undefined, undefined]);
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

/** A viewer who follows an author with three tweets; `between` has a hand in what builds read from the stores. */
function setUp() {
  const world = createWorld(3);
  const [viewer, author, stranger] = world.people as [World['people'][0], World['people'][0], World['people'][0]];
  world.follow(viewer, author);
  for (let count = 0; count < 3; count++) world.post(author);
  const between = createHook();
  const signals: (AbortSignal | undefined)[] = [];
  const { tweets } = world.services;
  const listByActors: typeof tweets.listByActors = async (call, request) => {
    const answer = await tweets.listByActors(call, request);
    if (request.mayBeCached) return answer;
    signals.push((call as { signal?: AbortSignal }).signal);
    await between.run();
    return answer;
  };
  const listIdsByActors: typeof tweets.listIdsByActors = async (call, request) => {
    const answer = await tweets.listIdsByActors(call, request);
    signals.push((call as { signal?: AbortSignal }).signal);
    await between.run();
    return answer;
  };
  const product = createProduct(world, {
    limits: LIMITS,
    services: { ...world.services, tweets: { ...tweets, listByActors, listIdsByActors } },
    wrapStore: (store) => ({
      ...store,
      begin(...args) {
        between.begun += 1;
        return store.begin(...args);
      },
    }),
  });
  return { world, product, viewer, author, stranger, between, signals };
}

/** Acts after a build has read something, and before it goes on. */
function createHook() {
  const acts = new Map<number, () => Promise<void>>();
  let reads = 0;
  const hook = {
    begun: 0,
    once: (act: () => Promise<void>) => void acts.set(1, act),
    failAt(place: number): void {
      acts.set(place, async () => {
        throw new Error('tweets are away');
      });
    },
    holdAt(place: number): { release(): void } {
      const { promise, resolve } = Promise.withResolvers<void>();
      acts.set(place, () => promise);
      return { release: resolve };
    },
    async run(): Promise<void> {
      reads += 1;
      await acts.get(reads)?.();
    },
  };
  return hook;
}
