import { StarlingError } from '@starling/kit/errors.ts';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { describe, expect, test } from 'vitest';
import { timelineConsumers } from './consumes.ts';
import { CALL, createProduct, FAN_OUT } from './testing/product.ts';
import { createWorld, type World } from './testing/world.ts';
import { watchHome } from './watch-home.ts';

describe('a subscription to the home timeline', () => {
  test('tells of a followee’s tweet and of own retweets, each once, in the order they come', async () => {
    const { world, viewer, author, stranger, deliver, updates } = await setUp();
    const tweet = world.post(author);
    const retweet = world.retweet(viewer, world.post(stranger));
    await deliver(world.events);
    await deliver(world.events);
    const last = world.post(author);
    await deliver(world.events.slice(-1));
    expect(await take(updates, 3)).toEqual([tweet.id, retweet.id, last.id]);
  });

  test('does not tell again of a tweet that is among the newest it has seen come in, and does later', async () => {
    const { world, viewer, author, deliver, updates } = await setUp({ collapseWithin: 2 });
    const tweet = world.post(author);
    world.retweet(viewer, tweet);
    const between = [world.post(author), world.post(author)];
    const again = world.retweet(author, tweet);
    await deliver(world.events);
    expect(await take(updates, 4)).toEqual([tweet, ...between, again].map(({ id }) => id));
  });

  test('looks at relations and facts when the news comes', async () => {
    const { world, viewer, author, stranger, deliver, updates } = await setUp();
    world.follow(viewer, stranger);
    const [muted, deleted, shown] = [world.post(stranger), world.post(author), world.post(author)];
    world.mute(viewer, stranger, true);
    world.setTweetState(deleted, 'deleted');
    await deliver(world.events);
    expect(await take(updates, 1)).toEqual([shown.id]);
    expect(muted.id < shown.id).toBe(true);
  });

  test('leaves out a followee’s reply to somebody the viewer does not follow', async () => {
    const { world, author, stranger, deliver, updates } = await setUp();
    const parent = world.post(stranger);
    world.post(author, { parent });
    const own = world.post(author);
    await deliver(world.events);
    expect(await take(updates, 1)).toEqual([own.id]);
  });

  test('tells of strangers’ tweets with a followed hashtag, once, and looks at the follow when the news comes', async () => {
    const { world, viewer, stranger, author, deliver, watch } = await setUp();
    for (const tag of ['tea', 'cake']) world.followHashtag(viewer, tag);
    const updates = await watch();
    const both = world.post(stranger, { hashtags: ['cake', 'tea'] });
    world.post(stranger, { hashtags: ['jam'] });
    const followed = world.post(author, { hashtags: ['tea'] });
    await deliver(world.events);
    expect(await take(updates, 2)).toEqual([both.id, followed.id]);
    world.unfollowHashtag(viewer, 'cake');
    world.post(stranger, { hashtags: ['cake'] });
    const last = world.post(stranger, { hashtags: ['tea'] });
    await deliver(world.events);
    expect(await take(updates, 1)).toEqual([last.id]);
  });

  test('ends at once while it waits, and stops listening', async () => {
    const { updates, pubsub } = await setUp();
    const waiting = updates.next();
    await updates.return!();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(pubsub.channelCount()).toBe(0);
  });

  test('listens no longer, nor waits for news of fame, once it could not look at an entry', async () => {
    const { world, author, deliver, updates, pubsub, graph } = await setUp();
    const resolved = mapIterator(updates, { map: ({ facts }) => facts.id });
    world.post(author);
    graph.getRelations = () => Promise.reject(new StarlingError('UNAVAILABLE', 'graph is away'));
    await deliver(world.events);
    await expect(resolved.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(pubsub.channelCount()).toBe(0);
  });

  test('says so when it fell behind, and then listens no more', async () => {
    const { world, author, deliver, updates, pubsub } = await setUp();
    const told = mapIterator(updates, { map: ({ facts }) => facts.id });
    for (let count = 0; count < 1_001; count++) world.post(author);
    await deliver(world.events);
    await expect(told.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(pubsub.channelCount()).toBe(0);
  });

  test('is not called for entries of long ago that come by a replay of the log or an import', async () => {
    const { world, viewer, author, stranger, deliver, watch } = await setUp();
    world.followHashtag(viewer, 'tea');
    const updates = await watch();
    world.post(stranger, { hashtags: ['tea'] });
    world.post(author);
    world.advance(2_000_000);
    world.post(author, { backdatedMs: 2_000_000 });
    const fresh = world.post(author);
    await deliver(world.events);
    expect(await take(updates, 1)).toEqual([fresh.id]);
  });
});

async function setUp(options: { collapseWithin?: number } = {}) {
  const world = createWorld(3, options);
  const [viewer, author, stranger] = world.people as [World['people'][0], World['people'][0], World['people'][0]];
  world.follow(viewer, author);
  const pubsub = createEmbeddedPubSub();
  const product = createProduct(world).deps;
  const graph = { ...product.graph };
  const deps = { ...product, graph, pubsub };
  const log = { publish: async () => [] };
  const [fanOut] = timelineConsumers({ ...deps, ...FAN_OUT, log });
  const watch = () => watchHome(deps, CALL, viewer.id);
  return {
    world,
    viewer,
    author,
    stranger,
    pubsub,
    /** As the subscription asks it. */
    graph,
    updates: await watch(),
    /** One that begins now. */
    watch,
    deliver: (events: World['events']) => fanOut!.handle(events),
  };
}

async function take(updates: AsyncIterator<{ facts: { id: string } }>, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const step = await updates.next();
    if (step.done) break;
    ids.push(step.value.facts.id);
  }
  return ids;
}
