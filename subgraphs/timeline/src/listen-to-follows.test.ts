import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { relationTopic } from '@starling/schema/events/relation-v1.ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { timelineConsumers } from './consumes.ts';
import { CALL, createProduct, FAN_OUT, type ProductOptions } from './testing/product.ts';
import { createWorld, type Person } from './testing/world.ts';
import { watchHome } from './watch-home.ts';

const SECOND = 1_000;

describe('a subscription', () => {
  test('tells of a famous followee by one message, however many listen', async () => {
    const { world, star, viewer, published, watch, deliver } = await setUp();
    world.follow(viewer, star);
    makeFamous(world, star);
    const updates = await watch();
    const tweet = world.post(star);
    await deliver();
    expect((await updates.next()).value).toMatchObject({ facts: { id: tweet.id } });
    expect(published).toEqual([[`home.${star.id}`, `author.${star.id}`]]);
  });

  test('tells of somebody famous who is followed while it is open', async () => {
    const { world, star, viewer, pubsub, watch, deliver, tellOfFollow } = await setUp();
    makeFamous(world, star);
    const updates = await watch();
    const next = updates.next();
    world.follow(viewer, star);
    await tellOfFollow(viewer, star);
    await vi.waitFor(() => expect(pubsub.channelCount()).toBe(2));
    const tweet = world.post(star);
    await deliver();
    expect((await next).value).toMatchObject({ facts: { id: tweet.id } });
  });

  test('tells of what carries a hashtag that is followed while it is open, and listens no more once it is not', async () => {
    const { world, star, viewer, watch, deliver, tellOfHashtag, pubsub } = await setUp();
    const updates = await watch();
    const next = updates.next();
    world.followHashtag(viewer, 'tea');
    await tellOfHashtag(viewer, 'hashtag.followed');
    await expect.poll(() => pubsub.channelCount()).toBe(2);
    const tweet = world.post(star, { hashtags: ['tea'] });
    await deliver();
    expect((await next).value).toMatchObject({ facts: { id: tweet.id } });
    const another = updates.next();
    world.unfollowHashtag(viewer, 'tea');
    await tellOfHashtag(viewer, 'hashtag.unfollowed');
    await expect.poll(() => pubsub.channelCount()).toBe(1);
    const own = world.post(viewer);
    await deliver();
    expect((await another).value).toMatchObject({ facts: { id: own.id } });
  });

  test('tells of a followee who becomes famous while it is open, and of one who ceases to be', async () => {
    const { world, star, viewer, watch, deliver, deps } = await setUp();
    world.follow(viewer, star);
    const updates = await watch();
    makeFamous(world, star);
    await deps.fame.known();
    const asFamous = world.post(star);
    await deliver();
    expect((await updates.next()).value).toMatchObject({ facts: { id: asFamous.id } });
    world.endFame(star);
    const atLast = world.post(star);
    world.advance(61 * SECOND);
    const asOrdinary = world.post(star);
    await deliver();
    expect((await updates.next()).value).toMatchObject({ facts: { id: atLast.id } });
    expect((await updates.next()).value).toMatchObject({ facts: { id: asOrdinary.id } });
  });

  test('makes up for a renewal that failed when fame is next asked for', async () => {
    const { world, star, viewer, watch, deliver, deps, graph } = await setUp();
    world.follow(viewer, star);
    const updates = await watch();
    graph.isAway = true;
    makeFamous(world, star);
    await deps.fame.known();
    await expect.poll(() => graph.refused).toBeGreaterThan(0);
    graph.isAway = false;
    world.advance(31 * SECOND);
    await deps.fame.known();
    const tweet = world.post(star);
    await deliver();
    expect((await updates.next()).value).toMatchObject({ facts: { id: tweet.id } });
  });

  test('makes up for it also where nobody is ever famous', async () => {
    const { world, star, viewer, watch, deliver, deps, graph, pubsub, tellOfHashtag } = await setUp({
      delivery: 'push',
    });
    const updates = await watch();
    const next = updates.next();
    graph.isAway = true;
    world.followHashtag(viewer, 'tea');
    await tellOfHashtag(viewer, 'hashtag.followed');
    await expect.poll(() => graph.refused).toBe(1);
    graph.isAway = false;
    await deps.fame.tell();
    await expect.poll(() => pubsub.channelCount()).toBe(2);
    const tweet = world.post(star, { hashtags: ['tea'] });
    await deliver();
    expect((await next).value).toMatchObject({ facts: { id: tweet.id } });
  });

  test('hears of fame that is announced while it begins to listen', async () => {
    const { world, star, viewer, watch, deliver, deps, pubsub } = await setUp();
    world.follow(viewer, star);
    const { subscribe } = pubsub;
    pubsub.subscribe = async (channels) => {
      const messages = await subscribe(channels);
      let isFirst = true;
      const listenTo = async (next: readonly string[]) => {
        await messages.listenTo(next);
        if (!isFirst) return;
        isFirst = false;
        makeFamous(world, star);
        await deps.fame.known();
      };
      return { ...messages, listenTo };
    };
    const updates = await watch();
    await vi.waitFor(() => expect(pubsub.channelCount()).toBe(2));
    const tweet = world.post(star);
    await deliver();
    expect((await updates.next()).value).toMatchObject({ facts: { id: tweet.id } });
  });

  test('that cannot find out whom to listen to is refused, and listens to nothing', async () => {
    const { watch, graph, pubsub } = await setUp();
    graph.isAway = true;
    await expect(watch()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(pubsub.channelCount()).toBe(0);
  });

  test('leaves no listener behind', async () => {
    const { world, star, viewer, watch, pubsub } = await setUp();
    world.follow(viewer, star);
    makeFamous(world, star);
    const updates = await watch();
    expect(pubsub.channelCount()).toBe(2);
    await updates.return?.();
    expect(pubsub.channelCount()).toBe(0);
  });
});

function makeFamous(world: ReturnType<typeof createWorld>, person: Person): void {
  world.beginFame(person);
  world.advance(61 * SECOND);
}

async function setUp(options: ProductOptions = {}) {
  const world = createWorld(2);
  const [viewer, star] = world.people as [Person, Person];
  const embedded = createEmbeddedPubSub();
  const published: string[][] = [];
  const pubsub = {
    ...embedded,
    async publish(channels: readonly string[], payload: string) {
      published.push([...channels]);
      await embedded.publish(channels, payload);
    },
  };
  const graph = { isAway: false, refused: 0 };
  const inner = createProduct(world, options).deps;
  const deps = {
    ...inner,
    pubsub,
    graph: {
      ...inner.graph,
      async getRelations(call: unknown, request: { userId: string }) {
        if (!graph.isAway) return inner.graph.getRelations(call, request);
        graph.refused += 1;
        throw Object.assign(new Error('away'), { code: 'UNAVAILABLE' });
      },
    },
    ...FAN_OUT,
    log: { publish: async () => [] },
  };
  const [fanOut, , follows] = timelineConsumers(deps);
  let delivered = 0;
  const tell = async (actor: Person, fact: object) => {
    const event = { ...fact, eventId: 'e', version: 1, at: world.now(), revision: 1, actorId: actor.id };
    const record = { topic: relationTopic.name, key: actor.id, value: JSON.stringify(event), headers: {} };
    await follows!.handle([{ ...record, partition: 0, offset: 0n, appendedAt: world.now() }]);
  };
  return {
    world,
    viewer,
    star,
    deps,
    graph,
    pubsub,
    published,
    async watch() {
      const updates = await watchHome(deps, CALL, viewer.id);
      onTestFinished(() => void updates.return?.());
      return updates;
    },
    async deliver() {
      await fanOut!.handle(world.events.slice(delivered));
      delivered = world.events.length;
    },
    tellOfFollow: (follower: Person, followee: Person) =>
      tell(follower, { type: 'user.followed', targetId: followee.id, targetRevision: null }),
    tellOfHashtag: (follower: Person, type: 'hashtag.followed' | 'hashtag.unfollowed') =>
      tell(follower, { type, tag: 'tea' }),
  };
}
