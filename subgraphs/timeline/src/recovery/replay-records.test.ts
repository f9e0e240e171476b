import type { Id } from '@starling/domain/ids.ts';
import type { LogRecord, NewRecord } from '@starling/kit/event-log/port.ts';
import { expect, test } from 'vitest';
import { timelineConsumers } from '../consumes.ts';
import { createNoFame } from '../fame-view.ts';
import { SLICES, TWEETS } from '../push-records.ts';
import { createProduct, FAN_OUT } from '../testing/product.ts';
import { createWorld, type Person } from '../testing/world.ts';
import type { Delivery } from '../timeline-store/port.ts';
import { replayRecords } from './replay-records.ts';

/** An author whom all but one follow, of whom a slice takes four; who was pushed to, in order. */
function setUp() {
  const world = createWorld(12);
  const [author, late, ...others] = world.people as [Person, Person, ...Person[]];
  for (const person of others) world.follow(person, author);
  const product = createProduct(world);
  const slices: LogRecord[] = [];
  const publish = async (records: readonly NewRecord[]) =>
    records.map((record) => {
      const position = { partition: 0, offset: BigInt(slices.length) };
      slices.push({ ...record, ...position, appendedAt: 0 });
      return position;
    });
  const announced: string[] = [];
  const pubsub = { publish: async (channels: readonly string[]) => void announced.push(...channels) };
  const [tweets, slicing] = timelineConsumers({ ...product.deps, ...FAN_OUT, log: { publish } });
  const pushes: [follower: Id, entry: Id][] = [];
  const store = {
    push: async (deliveries: readonly Delivery[]) =>
      deliveries.map(({ followerIds, entryIds }) => {
        for (const follower of followerIds) for (const entry of entryIds) pushes.push([follower, entry]);
        return followerIds.length;
      }),
  };
  const replay = (from: { tweets: number; slices: number }) => {
    const spanOf = ({ topic }: typeof TWEETS, offset: number, end: number) => ({
      ...{ topic, partition: 0, from: BigInt(offset), until: BigInt(end) },
    });
    const records = { [TWEETS.topic]: world.events, [SLICES.topic]: slices };
    const log = {
      read: async ({ topic, fromOffset }: { topic: string; fromOffset: bigint }) =>
        (records[topic] ?? []).slice(Number(fromOffset)),
    };
    const spans = [spanOf(SLICES, from.slices, slices.length), spanOf(TWEETS, from.tweets, world.events.length)];
    const deps = { ...product.deps, ...FAN_OUT, keepsLists: true, pubsub, store, log, fame: createNoFame() };
    return replayRecords(deps, spans, new AbortController().signal);
  };
  return {
    ...{ world, author, late, others, slices, announced, pushes, replay },
    async deliver() {
      await tweets!.handle(world.events);
      for (let next = 0; next < slices.length; next += 1) await slicing!.handle(slices.slice(next, next + 1));
    },
  };
}

test('a push is brought from its record to its last follower, once, whatever its slices were', async () => {
  const { world, author, others, slices, announced, pushes, deliver, replay } = setUp();
  const { id } = world.post(author);
  await deliver();
  expect(slices.length).toBe(2);
  expect(await replay({ tweets: 0, slices: 0 })).toBe(3);
  expect(pushes).toEqual(others.map((person) => [person.id, id]));
  expect(announced).toEqual([]);
  expect(slices.length).toBe(2);
});

test('of a push whose begin was not lost, what comes before the first slice is left out', async () => {
  const { world, author, others, pushes, deliver, replay } = setUp();
  const { id } = world.post(author);
  await deliver();
  expect(await replay({ tweets: 1, slices: 1 })).toBe(1);
  expect(pushes).toEqual(others.slice(8).map((person) => [person.id, id]));
});

test('followers who came meanwhile push nobody out of a slice', async () => {
  const { world, author, late, others, pushes, deliver, replay } = setUp();
  const { id } = world.post(author);
  await deliver();
  world.follow(late, author);
  await replay({ tweets: 0, slices: 2 });
  for (const person of others) expect(pushes).toContainEqual([person.id, id]);
});
