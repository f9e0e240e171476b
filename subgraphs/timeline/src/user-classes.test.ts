import { userTopic } from '@starling/schema/events/user-v1.ts';
import { expect, onTestFinished, test } from 'vitest';
import { auditTimeline } from './audit-timeline.ts';
import { timelineConsumers } from './consumes.ts';
import { CALL, createProduct, FAN_OUT } from './testing/product.ts';
import { createWorld, type Person } from './testing/world.ts';
import { watchHome } from './watch-home.ts';

/** What somebody is to the fan-out: active with a list, passive without, live with a socket, inactive, famous. */
const THREE_DAYS_MS = 3 * 24 * 60 * 60 * 1_000;

test('the first read after a login makes a passive reader active: the fan-out pushes from then on', async () => {
  const { world, viewer, author, product, post, list } = setUp();
  await post(author);
  expect(await list(viewer)).toBeUndefined();
  expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
  const pushed = await post(author);
  expect(await list(viewer)).toContain(pushed.id);
});

test('three days without a read make an active reader passive: nothing is written, and the next read computes', async () => {
  const { world, viewer, author, product, post, list } = setUp();
  await product.home(viewer.id, 10);
  world.advance(THREE_DAYS_MS - 1_000);
  await product.home(viewer.id, 10);
  world.advance(THREE_DAYS_MS - 1_000);
  await post(author);
  expect(await list(viewer)).toHaveLength(1);
  world.advance(THREE_DAYS_MS);
  await post(author);
  expect(await list(viewer)).toBeUndefined();
  expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
});

test('an audit of an active reader’s list is no read', async () => {
  const { world, viewer, author, product, post, list } = setUp();
  await product.home(viewer.id, 10);
  await post(author);
  world.advance(THREE_DAYS_MS - 1_000);
  const deps = { ...product.deps, auditGraceMs: 1_000, dueBefore: async () => world.now() };
  expect(await auditTimeline(deps, CALL, viewer.id)).toBe('right');
  world.advance(1_000);
  expect(await list(viewer)).toBeUndefined();
});

test('an open subscription makes anybody live, a passive reader too, until it is closed', async () => {
  const { viewer, author, product, post, list } = setUp();
  const updates = await watchHome(product.deps, CALL, viewer.id);
  onTestFinished(() => void updates.return?.());
  const told = await post(author);
  expect((await updates.next()).value).toMatchObject({ facts: { id: told.id } });
  expect(await list(viewer)).toBeUndefined();
  await updates.return?.();
  expect(product.deps.pubsub.channelCount()).toBe(0);
});

test.each(['user.deactivated', 'user.suspended', 'user.erased'])('%s makes an active reader inactive', async (type) => {
  const { world, viewer, author, product, post, list, tell } = setUp();
  await product.home(viewer.id, 10);
  await tell(type, viewer);
  await post(author);
  expect(await list(viewer)).toBeUndefined();
  expect(await product.wholeHome(viewer.id, 10)).toEqual(world.homeOf(viewer));
});

test('an author above the threshold is pulled, and pushed again below it', async () => {
  const { world, viewer, author, product, post, list } = setUp();
  await product.home(viewer.id, 10);
  world.beginFame(author);
  const announced = await post(author);
  world.advance(60_000);
  const famous = await post(author);
  world.endFame(author);
  const stillFamous = await post(author);
  world.advance(60_000);
  const ordinary = await post(author);
  expect(await list(viewer)).toEqual([ordinary.id, announced.id]);
  const all = [ordinary, stillFamous, famous, announced].map(({ id }) => id);
  expect(await product.wholeHome(viewer.id, 10)).toEqual(all);
});

function setUp() {
  const world = createWorld(2);
  const [viewer, author] = world.people as [Person, Person];
  world.follow(viewer, author);
  const limits = { kept: 100, trimAbove: 120, maxTimelines: 10, expiryMs: THREE_DAYS_MS };
  const product = createProduct(world, { limits });
  const people = timelineConsumers({ ...product.deps, ...FAN_OUT, log: product.slices }).find(({ topics }) =>
    topics.includes(userTopic.name),
  );
  let delivered = 0;
  return {
    world,
    viewer,
    author,
    product,
    async post(by: Person) {
      const tweet = world.post(by);
      await product.deliver(world.events.slice(delivered));
      delivered = world.events.length;
      while (product.slices.count() > 0) await product.slices.deliver();
      return tweet;
    },
    /** Ids in somebody's list, if there is one. */
    async list({ id }: Person) {
      return (await product.store.read(id, { beforeId: '9'.repeat(19), limit: 100, renews: false }))?.ids;
    },
    async tell(type: string, { id: userId }: Person) {
      const profile = { handle: 'h', name: 'n', bio: '', isPrivate: false };
      const value = JSON.stringify({
        type,
        eventId: 'e',
        version: 1,
        revision: 2,
        at: world.now(),
        userId,
        ...profile,
      });
      const record = { topic: userTopic.name, key: userId, value, headers: {}, partition: 0, offset: 0n };
      await people!.handle([{ ...record, appendedAt: world.now() }]);
    },
  };
}
