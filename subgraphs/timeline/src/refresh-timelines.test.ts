import { AFTER_EVERY_ID } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { relationTopic } from '@starling/schema/events/relation-v1.ts';
import { describe, expect, test } from 'vitest';
import { timelineConsumers } from './consumes.ts';
import { refreshTimelines } from './refresh-timelines.ts';
import { CALL, createProduct, FAN_OUT } from './testing/product.ts';
import { createWorld, type World } from './testing/world.ts';

const WHOLE = { beforeId: AFTER_EVERY_ID, limit: 100 };

test('a new follow makes the list of a reader ready before the next read', async () => {
  const { world, product, viewer, author } = setUp();
  await product.home(viewer.id, 10);
  world.follow(viewer, author);
  await refreshTimelines(product.deps, CALL, new Set([viewer.id]));
  const list = await product.store.read(viewer.id, WHOLE);
  expect(list?.ids).toEqual(world.homeOf(viewer));
  expect(list?.header.followsRevision).toBe(viewer.followsRevision);
});

test('a follow heard of late or twice builds nothing again', async () => {
  const { world, product, viewer, author } = setUp();
  world.follow(viewer, author);
  await product.home(viewer.id, 10);
  const build = (): never => {
    throw new Error('there is nothing to build');
  };
  await refreshTimelines({ ...product.deps, builder: { build } }, CALL, new Set([viewer.id]));
});

test('who does not read gets no list by following', async () => {
  const { world, product, viewer, author } = setUp();
  world.follow(viewer, author);
  await refreshTimelines(product.deps, CALL, new Set([viewer.id]));
  expect(await product.store.read(viewer.id, WHOLE)).toBeNull();
});

test('following makes nobody active who does not read', async () => {
  const { world, product, viewer, author } = setUp();
  await product.home(viewer.id, 10);
  world.advance(600_000);
  world.follow(viewer, author);
  await refreshTimelines(product.deps, CALL, new Set([viewer.id]));
  const look = () => product.store.read(viewer.id, { ...WHOLE, renews: false });
  expect((await look())?.header.followsRevision).toBe(viewer.followsRevision);
  world.advance(400_000);
  expect(await look()).toBeNull();
});

describe('a list that cannot be made ready', () => {
  test('holds up nobody else, if it takes too long or something is wrong with it', async () => {
    const { world, product, viewer, author } = setUp();
    await product.home(viewer.id, 10);
    await product.home(author.id, 10);
    for (const [one, other] of [
      [viewer, author],
      [author, viewer],
    ] as const)
      world.follow(one, other);
    const { builder } = product.deps;
    const build: typeof builder.build = (call, asked, options) => {
      const slow = async () => Promise.reject(new StarlingError('DEADLINE_EXCEEDED', 'The deadline has passed'));
      return asked.viewerId === viewer.id ? { newest: null, landed: slow } : builder.build(call, asked, options);
    };
    await refreshTimelines({ ...product.deps, builder: { build } }, CALL, new Set([viewer.id, author.id]));
    const list = await product.store.read(author.id, WHOLE);
    expect(list?.header.followsRevision).toBe(author.followsRevision);
    expect(product.warnings).toHaveLength(1);
  });

  test('is waited for while something is away, and subscriptions hear of the follow before', async () => {
    const { world, product, viewer, author } = setUp();
    world.follow(viewer, author);
    const published: string[] = [];
    const away = async () => Promise.reject(new StarlingError('UNAVAILABLE', 'away'));
    const [, , follows] = timelineConsumers({
      ...{ ...product.deps, ...FAN_OUT, log: { publish: async () => [] } },
      store: { ...product.store, read: away },
      pubsub: { ...product.deps.pubsub, publish: async (channels) => void published.push(...channels) },
    });
    const fact = { type: 'user.followed', actorId: viewer.id, targetId: author.id, targetRevision: null };
    const value = JSON.stringify({ ...fact, eventId: 'e', version: 1, at: world.now(), revision: 1 });
    const record = { topic: relationTopic.name, key: viewer.id, value, headers: {} };
    const handled = follows!.handle([{ ...record, partition: 0, offset: 0n, appendedAt: world.now() }]);
    await expect(handled).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(published).toEqual([`home.${viewer.id}`]);
  });
});

/** A viewer, and an author with two tweets whom the viewer does not follow yet. */
function setUp() {
  const world = createWorld(2);
  const [viewer, author] = world.people as [World['people'][0], World['people'][0]];
  world.post(author);
  world.post(author);
  return { world, product: createProduct(world), viewer, author };
}
