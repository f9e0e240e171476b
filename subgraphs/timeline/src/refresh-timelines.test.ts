import { AFTER_EVERY_ID } from '@starling/domain/ids.ts';
import { expect, test } from 'vitest';
import { refreshTimelines } from './refresh-timelines.ts';
import { CALL, createProduct } from './testing/product.ts';
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

/** A viewer, and an author with two tweets whom the viewer does not follow yet. */
function setUp() {
  const world = createWorld(2);
  const [viewer, author] = world.people as [World['people'][0], World['people'][0]];
  world.post(author);
  world.post(author);
  return { world, product: createProduct(world), viewer, author };
}
