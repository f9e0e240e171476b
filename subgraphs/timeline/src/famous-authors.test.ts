import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createTimelineBuilder } from './build-timeline.ts';
import { createFameView } from './fame-view.ts';
import { CALL, createProduct, type ProductOptions } from './testing/product.ts';
import { createWorld, type Person, type World } from './testing/world.ts';
import { viewpointOf } from './viewpoint.ts';

const SECOND = 1_000;
const LIMITS = { kept: 100, trimAbove: 120, maxTimelines: 10 };

describe('what a famous author tweets', () => {
  test('is merged into the timelines of followers, and pushed to famous followers only', async () => {
    const { world, viewer, star, product } = setUp();
    const other = world.people[2]!;
    world.follow(other, star);
    world.beginFame(star);
    world.beginFame(other);
    world.advance(61 * SECOND);
    for (const reader of [viewer, other]) await product.home(reader.id, 10);
    const tweet = world.post(star);
    await product.deliver(world.events);
    expect(await listed(product, viewer.id)).toEqual([]);
    expect(await listed(product, other.id)).toEqual([tweet.id]);
    for (const reader of [viewer, other]) expect(await product.wholeHome(reader.id, 10)).toEqual(world.homeOf(reader));
  });

  test('is asked for when a timeline is read, but not for somebody famous ever since the list begins', async () => {
    const { world, viewer, star, product, askedFor } = setUp({ limits: { kept: 2, trimAbove: 2 } });
    world.beginFame(star);
    world.advance(61 * SECOND);
    await product.home(viewer.id, 2);
    askedFor.length = 0;
    await product.home(viewer.id, 2);
    expect(askedFor[0]).toEqual([viewer.id, star.id]);
    world.beginFame(viewer);
    world.advance(61 * SECOND);
    for (let count = 0; count < 5; count += 1) world.post(star);
    await product.deliver(world.events);
    askedFor.length = 0;
    expect((await product.home(viewer.id, 2)).entries.map(({ id }) => id)).toEqual(world.homeOf(viewer).slice(0, 2));
    expect(askedFor[0]).toEqual([viewer.id]);
  });

  test('shows to a famous reader also from before the reader was famous', async () => {
    const { world, viewer, star, product } = setUp();
    world.beginFame(star);
    world.advance(61 * SECOND);
    await product.home(viewer.id, 10);
    world.post(star);
    await product.deliver(world.events);
    world.beginFame(viewer);
    world.advance(61 * SECOND);
    world.post(star);
    await product.deliver(world.events);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  });

  test('shows once, whichever side of the threshold it was written on and however late it is delivered', async () => {
    const { world, viewer, star, product } = setUp();
    await product.home(viewer.id, 10);
    world.post(star);
    world.beginFame(star);
    for (let step = 0; step < 8; step += 1) {
      world.advance(15 * SECOND);
      world.post(star);
    }
    world.endFame(star);
    for (let step = 0; step < 8; step += 1) {
      world.advance(15 * SECOND);
      world.post(star);
    }
    await product.deliver(world.events);
    expect(await product.wholeHome(viewer.id, 3)).toEqual(world.homeOf(viewer));
    expect(world.homeOf(viewer)).toHaveLength(17);
  });
});

describe('agreement on fame', () => {
  test('holds for a reader who last asked before it was announced', async () => {
    const { world, viewer, star, product, graph } = setUp();
    await product.home(viewer.id, 10);
    world.advance(SECOND);
    world.beginFame(star);
    world.advance(61 * SECOND);
    world.post(star);
    await product.deliver(world.events);
    graph.isSlow = true;
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  });

  test('holds for a reader who knows less than whoever built the list', async () => {
    const { world, viewer, star, product } = setUp();
    world.post(star);
    await product.home(viewer.id, 10);
    world.advance(SECOND);
    world.beginFame(star);
    world.advance(SECOND);
    await buildElsewhere(product, world, viewer, world.now);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  });

  test.each(['the author ceases to be', 'the reader begins to be'])(
    'holds when a list is built by a clock that is late just as %s famous',
    async (change) => {
      const { world, viewer, star, product } = setUp({ limits: { kept: 2, trimAbove: 2 } });
      const other = world.people[2]!;
      world.follow(viewer, other);
      world.beginFame(star);
      world.advance(61 * SECOND);
      if (change.startsWith('the author')) world.endFame(star);
      else world.beginFame(viewer);
      for (const person of [other, star]) {
        world.advance(person === other ? 61 * SECOND : SECOND);
        world.post(person);
      }
      await product.deliver(world.events);
      await buildElsewhere(product, world, viewer, () => world.now() - 5 * SECOND);
      const delivered = world.events.length;
      for (let count = 0; count < 2; count += 1) world.post(other);
      await product.deliver(world.events.slice(delivered));
      expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
    },
  );

  test('lets a reader go on for a while with what was known while graph is away, and then without lists, and no writer', async () => {
    const { world, viewer, star, product, graph } = setUp();
    world.beginFame(star);
    world.advance(61 * SECOND);
    await product.home(viewer.id, 10);
    world.post(star);
    graph.isAway = true;
    world.advance(36 * SECOND);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
    expect(product.warnings).not.toContainEqual(expect.objectContaining({ viewerId: viewer.id }));
    world.advance(2 * SECOND);
    expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
    await expect(product.deliver(world.events)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    graph.isAway = false;
    expect(product.warnings).toContainEqual(expect.objectContaining({ viewerId: viewer.id }));
    await product.deliver(world.events);
  });
});

function setUp({ limits = LIMITS }: Pick<ProductOptions, 'limits'> = {}) {
  const world = createWorld(3);
  const [viewer, star] = [world.people[0]!, world.people[1]!];
  world.follow(viewer, star);
  const askedFor: string[][] = [];
  const graph = { isAway: false, isSlow: false };
  const { tweets } = world.services;
  const services: typeof world.services = {
    ...world.services,
    graph: {
      ...world.services.graph,
      async *streamFame(call, request) {
        if (graph.isAway) throw Object.assign(new Error('away'), { code: 'UNAVAILABLE' });
        if (graph.isSlow) await setTimeout(50);
        yield* world.services.graph.streamFame(call, request);
      },
    },
    tweets: {
      ...tweets,
      listByActors(call, request) {
        askedFor.push(request.actorIds);
        return tweets.listByActors(call, request);
      },
    },
  };
  return { world, viewer, star, askedFor, graph, product: createProduct(world, { limits, services }) };
}

/** By a process of its own, which has not asked of fame before. */
async function buildElsewhere(
  { deps }: ReturnType<typeof createProduct>,
  world: World,
  viewer: Person,
  now: () => number,
): Promise<void> {
  const { store, tweets, logger } = deps;
  const fame = createFameView({ graph: world.services.graph, logger, monotonicNow: world.now });
  const elsewhere = createTimelineBuilder({ store, tweets, fame, kept: LIMITS.kept, logger, now });
  const point = await viewpointOf(world.services.graph, CALL, viewer.id);
  await elsewhere.build(CALL, point, { newest: 1 }).landed();
}

/** What the viewer's list holds. */
async function listed(product: ReturnType<typeof createProduct>, viewerId: string): Promise<string[] | undefined> {
  const everything = { beforeId: '9'.repeat(19), limit: 100 };
  return (await product.store.read(viewerId, everything))?.ids;
}
