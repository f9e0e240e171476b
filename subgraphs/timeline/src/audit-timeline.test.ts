import { beforeEach, describe, expect, test } from 'vitest';
import { auditTimeline } from './audit-timeline.ts';
import { CALL, createProduct } from './testing/product.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

const GRACE_MS = 60_000;

let world: World;
let product: ReturnType<typeof createProduct>;
let told: object[];
let viewer: Person;
let ann: Person;
let stranger: Person;

beforeEach(() => {
  world = createWorld(3);
  [viewer, ann, stranger] = world.people as [Person, Person, Person];
  product = createProduct(world, { limits: { kept: 10, trimAbove: 12 } });
  told = [];
  world.follow(viewer, ann);
});

const audit = (deps: Partial<Parameters<typeof auditTimeline>[0]> = {}) => {
  const logger = { error: (facts: object) => void told.push(facts) };
  const dueBefore = async () => world.now() - GRACE_MS;
  return auditTimeline({ ...product.deps, logger, auditGraceMs: GRACE_MS, dueBefore, ...deps }, CALL, viewer.id);
};
const read = () => product.home(viewer.id, 20);

/** A list that the fan-out has passed by. */
async function makeHole(): Promise<string> {
  world.post(ann);
  await read();
  const lost = world.post(ann);
  world.advance(GRACE_MS + 1);
  return lost.id;
}

test('a list that has everything is right, and stays', async () => {
  world.post(ann);
  await read();
  await product.deliver(world.events);
  world.advance(GRACE_MS + 1);
  expect(await audit()).toBe('right');
  expect(told).toEqual([]);
  expect(await product.store.read(viewer.id, { beforeId: '9'.repeat(19), limit: 1 })).not.toBeNull();
});

test('a stranger’s tweet with a followed hashtag is in no list, and no hole', async () => {
  world.followHashtag(viewer, 'tea');
  world.post(ann);
  await read();
  const tagged = world.post(stranger, { hashtags: ['tea'] });
  await product.deliver(world.events);
  world.advance(GRACE_MS + 1);
  expect(await audit()).toBe('right');
  expect((await product.store.read(viewer.id, { beforeId: '9'.repeat(19), limit: 9 }))?.ids).not.toContain(tagged.id);
  expect((await read()).entries[0]).toMatchObject({ id: tagged.id });
});

test('a list with a hole is told of and dropped, and the next reader has it whole', async () => {
  const lost = await makeHole();
  expect((await read()).entries.map(({ id }) => id)).not.toContain(lost);
  expect(await audit()).toBe('repaired');
  expect(told).toEqual([{ viewerId: viewer.id, holes: 1, newest: lost }]);
  expect((await read()).entries.map(({ id }) => id)).toContain(lost);
  expect(await audit()).toBe('right');
});

test('what has been on its way for no longer than is allowed is no hole', async () => {
  await read();
  world.post(ann);
  world.advance(GRACE_MS / 2);
  expect(await audit()).toBe('right');
});

describe('while the fan-out lags', () => {
  test.each([
    ['it is known how much', () => world.now() - 2 * GRACE_MS],
    ['it is not known how much', () => null],
  ])('what is missing is late, and the list stays: %s', async (_, dueBefore) => {
    const lost = await makeHole();
    expect(await audit({ dueBefore: async () => dueBefore() })).toBe('late');
    expect(told).toEqual([]);
    await product.deliver(world.events);
    expect((await read()).entries.map(({ id }) => id)).toContain(lost);
    expect(await audit()).toBe('right');
  });

  test('what should have come by then is a hole, and what has come meanwhile is none', async () => {
    const lost = await makeHole();
    world.post(ann);
    world.advance(GRACE_MS + 1);
    expect(await audit({ dueBefore: async () => world.now() - GRACE_MS - 1 })).toBe('repaired');
    expect(told).toEqual([{ viewerId: viewer.id, holes: 1, newest: lost }]);
    const delivering = async () => {
      await product.deliver(world.events);
      return world.now();
    };
    await read();
    world.post(ann);
    world.advance(GRACE_MS + 1);
    expect(await audit({ dueBefore: delivering })).toBe('right');
  });
});

test('a list that was trimmed is right for what it says it has', async () => {
  for (let count = 0; count < 30; count += 1) world.post(ann);
  await read();
  for (let count = 0; count < 30; count += 1) world.post(ann);
  await product.deliver(world.events);
  world.advance(GRACE_MS + 1);
  expect(await audit()).toBe('right');
});

describe('nothing is said', () => {
  test('where there is no list', async () => {
    expect(await audit()).toBe('skipped');
  });

  test('of a list that the next reader builds anew anyway', async () => {
    await makeHole();
    world.unfollow(viewer, ann);
    world.follow(viewer, ann);
    expect(await audit()).toBe('skipped');
  });

  test('of one that was built anew while it was looked at', async () => {
    await makeHole();
    const listIdsByActors: typeof product.deps.tweets.listIdsByActors = async (call, request) => {
      await product.store.dropAll();
      return product.deps.tweets.listIdsByActors(call, request);
    };
    expect(await audit({ tweets: { listIdsByActors } })).toBe('skipped');
  });

  test('of one that was built anew without somebody who was unfollowed before it was looked at', async () => {
    const { id } = world.post(ann);
    await read();
    world.advance(GRACE_MS + 1);
    const store = {
      ...product.store,
      read: async (...asked: Parameters<typeof product.store.read>) => {
        world.unfollow(viewer, ann);
        await product.store.drop([viewer.id]);
        await read();
        return product.store.read(...asked);
      },
    };
    expect(await audit({ store })).toBe('skipped');
    expect(told).toEqual([]);
    expect((await read()).entries.map((entry) => entry.id)).not.toContain(id);
  });

  test('of what came while it was looked at', async () => {
    await makeHole();
    const listIdsByActors: typeof product.deps.tweets.listIdsByActors = async (call, request) => {
      const answer = await product.deps.tweets.listIdsByActors(call, request);
      await product.deliver(world.events);
      return answer;
    };
    expect(await audit({ tweets: { listIdsByActors } })).toBe('right');
  });
});

test('of somebody who follows nobody, a list is right', async () => {
  world.unfollow(viewer, ann);
  await read();
  expect(await audit()).toBe('right');
});
