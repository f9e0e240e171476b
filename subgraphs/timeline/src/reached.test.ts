import { expect, test } from 'vitest';
import { createProduct } from './testing/product.ts';
import { createWorld, type Person } from './testing/world.ts';
import type { TimelineStore } from './timeline-store/port.ts';

test('of a batch in hand the store hears that what lies before it is pushed, and of itself when it is done', async () => {
  const world = createWorld(4);
  const [ann, ...followers] = world.people as [Person, ...Person[]];
  const told: string[] = [];
  const wrapStore = (store: TimelineStore): TimelineStore => ({
    ...store,
    reached: ({ topic, offset }) => void told.push(`${topic} ${offset}`),
    async push(deliveries) {
      told.push('push');
      return store.push(deliveries);
    },
  });
  const product = createProduct(world, { wrapStore, followersASlice: 2 });
  for (const person of followers) world.follow(person, ann);
  for (let post = 0; post < 4; post += 1) world.post(ann);
  await product.deliver(world.events.slice(1, 3));
  expect(told.splice(0)).toEqual(['tweet.v1 1', 'push', 'tweet.v1 3']);
  await product.slices.deliver();
  expect(told).toEqual(['fanout.v1 1', 'push', 'fanout.v1 2']);
});

test('what could not be pushed is not told', async () => {
  const world = createWorld(2);
  const [ann, bob] = world.people as [Person, Person];
  const told: bigint[] = [];
  const wrapStore = (store: TimelineStore): TimelineStore => ({
    ...store,
    reached: ({ offset }) => void told.push(offset),
    push: async () => Promise.reject(new Error('away')),
  });
  const product = createProduct(world, { wrapStore });
  world.follow(bob, ann);
  world.post(ann);
  await expect(product.deliver(world.events)).rejects.toThrow('away');
  expect(told).toEqual([0n]);
});
