import type { Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { createEmbeddedEventLog, type EmbeddedEventLog } from '@starling/kit/event-log/embedded.ts';
import type { EventLog, Subscription } from '@starling/kit/event-log/port.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { fanOutTopic } from '@starling/schema/events/fanout-v1.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { timelineConsumers } from './consumes.ts';
import { createContinuations } from './continue-pushes.ts';
import { createProduct, FAN_OUT } from './testing/product.ts';
import { createWorld, type Person, type World } from './testing/world.ts';
import type { Delivery } from './timeline-store/port.ts';

/** Ten slices of two. */
const FOLLOWERS = 20;

let database: TestDatabase;
let log: EmbeddedEventLog;
let world: World;
let star: Person;
let others: Person[];
let followers: Person[];

beforeEach(async () => {
  database = await createTestDatabase();
  log = await createEmbeddedEventLog({ pool: database.pool });
  await log.ensureTopics([tweetTopic, fanOutTopic]);
  world = createWorld(FOLLOWERS + 3);
  [star, ...others] = world.people.splice(0, 3) as [Person, Person, Person];
  world.people.unshift(star, ...others);
  followers = world.people.slice(3);
  for (const follower of followers) world.follow(follower, star);
});
afterEach(async () => {
  await log.close();
  await database.drop();
});

test('an ordinary tweet overtakes a push to many, although it lies behind it in the log', async () => {
  const [ordinary] = others as [Person];
  world.follow(followers[0]!, ordinary);
  const overtaken = Promise.withResolvers<void>();
  const { pushes } = await run({
    async beforePush(entryIds, count) {
      if (entryIds.includes(small)) overtaken.resolve();
      // The fourth slice stays where it is until the other tweet has come by.
      else if (count === 4) await publishEvents().then(() => overtaken.promise);
    },
  });
  const big = world.post(star).id;
  await publishEvents();
  const small = world.post(ordinary).id;
  await drained();
  const order = pushes.map(({ entryIds }) => entryIds[0]);
  expect(order.indexOf(small)).toBeLessThan(5);
  expect(order.filter((id) => id === big)).toHaveLength(10);
});

test('of two pushes to many none waits for the other', async () => {
  const [second] = others as [Person];
  for (const follower of followers) world.follow(follower, second);
  const { pushes } = await run();
  const ids = [world.post(star).id, world.post(second).id];
  await publishEvents();
  await drained();
  const order = pushes.flatMap(({ entryIds }) => entryIds.map((id) => ids.indexOf(id)));
  expect(order).toHaveLength(20);
  // At the end of each there may be a slice more of the other.
  for (let end = 1; end < order.length; end += 1) {
    const lead = order.slice(0, end).reduce((sum, which) => sum + (which === 0 ? 1 : -1), 0);
    expect(Math.abs(lead)).toBeLessThanOrEqual(2);
  }
});

test('a store that is away, a slice that fails and a process that dies leave no hole, and no entry twice', async () => {
  const product = createProduct(world, { limits: { maxTimelines: 100 } });
  for (const { id } of followers) await product.home(id, 5);
  const dying = Promise.withResolvers<void>();
  const failures = new Map([
    [3, new StarlingError('UNAVAILABLE', 'away')],
    [6, new Error('bad luck')],
  ]);
  const first = await run({
    store: product.store,
    async beforePush(_, count) {
      const error = failures.get(count);
      if (error) throw error;
      // It comes no further than its ninth push, and nobody hears what it remembers.
      if (count === 9) await dying.promise;
    },
  });
  const { id } = world.post(star);
  await publishEvents();
  await vi.waitFor(() => expect(first.pushes).toHaveLength(9), { timeout: 10_000 });
  const dead = log;
  log = await createEmbeddedEventLog({ pool: database.pool });
  await run({ store: product.store });
  await drained();
  const closing = dead.close();
  dying.reject(new Error('it is dead'));
  await closing;
  expect(first.pushes).toHaveLength(9);
  for (const follower of followers)
    expect((await product.home(follower.id, 5)).entries.map((one) => one.id)).toEqual([id]);
});

test('slices that were published twice, because nobody heard that they were, end at once', async () => {
  let publishes = 0;
  const { pushes } = await run({
    publish: async (records) => {
      const positions = await log.publish(records);
      if ((publishes += 1) % 2 === 1) throw new Error('no answer');
      return positions;
    },
  });
  world.post(star);
  await publishEvents();
  await drained();
  // Each of the ten publishings is done twice, for its slice is tried again; of what they leave behind only the first one is pushed.
  expect(publishes).toBe(20);
  expect(pushes).toHaveLength(10 + 10);
});

test('a replay of the log by a new process pushes again, all the way', async () => {
  const first = await run();
  world.post(star);
  await publishEvents();
  await drained();
  await first.stop();
  const [{ partition } = { partition: 0 }] = (await log.lag('timeline-fanout', [tweetTopic.name])).filter(
    ({ end }) => end > 0n,
  );
  await log.seek({ group: 'timeline-fanout', topic: tweetTopic.name, partition, offset: 0n });
  const second = await run();
  await drained();
  expect(second.pushes).toHaveLength(first.pushes.length);
});

test('what an actor writes goes to all followers together, but for what was written in fame', () => {
  const fame = { intervalsOf: (id: Id) => (id === 'a' ? [{ beginsAt: 2, endsAt: 4 }] : []) };
  const entries = [
    ...[1, 2, 3, 4].map((at) => ({ entryId: `e${at}`, actorId: 'a', at })),
    { entryId: 'f2', actorId: 'b', at: 2 },
  ];
  const { begin } = createContinuations({ log, now: () => 7 });
  const pushes = begin(fame, entries);
  expect(pushes.map((push) => [push.actorId, push.entries.map(({ entryId }) => entryId), push.famousAtMs])).toEqual([
    ['a', ['e1', 'e4'], 0],
    ['a', ['e2'], 2],
    ['a', ['e3'], 3],
    ['b', ['f2'], 0],
  ]);
  expect(new Set(pushes.map(({ pushId }) => pushId)).size).toBe(4);
  expect(begin(fame, entries)).toEqual(pushes);
});

test('the oldest pushes are forgotten first', async () => {
  const told: string[] = [];
  const publish: EventLog['publish'] = async (records) => {
    told.push(...records.map(({ value }) => value));
    return [];
  };
  const continuations = createContinuations({ log: { publish }, now: () => 7 }, 2);
  const pushes = ['a', 'b', 'c'].map((pushId) => ({
    ...{ pushId, actorId: '1', entries: [{ entryId: '2', at: 1 }], famousAtMs: 0, afterId: '3', slice: 4 },
  }));
  await continuations.publish(pushes);
  const batch = told.map((value, index) => ({
    ...{ topic: fanOutTopic.name, key: '2', value, headers: {}, partition: 0, offset: BigInt(index), appendedAt: 7 },
  }));
  expect(continuations.due(batch).map(({ pushId }) => pushId)).toEqual(['a', 'b', 'c']);
  continuations.done(pushes);
  expect(continuations.due(batch).map(({ pushId }) => pushId)).toEqual(['a']);
});

/** New events, into one partition. */
let published = 0;
beforeEach(() => void (published = 0));
async function publishEvents(): Promise<void> {
  const events = world.events.slice(published);
  published = world.events.length;
  await log.publish(events.map(({ topic, value, headers }) => ({ topic, key: 'one', value, headers })));
}

type RunOptions = {
  beforePush?(entryIds: readonly Id[], count: number): Promise<void>;
  publish?: EventLog['publish'];
  store?: ReturnType<typeof createProduct>['store'];
};

/** A worker's part; tells what was pushed, tries that failed included. */
async function run({ beforePush, publish = (records) => log.publish(records), store }: RunOptions = {}) {
  const { deps } = createProduct(world);
  const pushes: Delivery[] = [];
  const held = store ?? deps.store;
  const push = async (deliveries: readonly Delivery[]): Promise<number[]> => {
    pushes.push(...deliveries);
    await beforePush?.(
      deliveries.flatMap(({ entryIds }) => entryIds),
      pushes.length,
    );
    return held.push(deliveries);
  };
  const subscriptions: Subscription[] = [];
  const tuning = { ...FAN_OUT, followersASlice: 2, deliveriesAPush: 100, log: { publish } };
  for (const { group, topics, handle, maxBatch, concurrency } of timelineConsumers({
    ...{ ...deps, ...tuning, store: { ...held, push } },
  }).slice(0, 2))
    subscriptions.push(
      await log.subscribe({
        ...{ group, topics, handle },
        ...(maxBatch && { maxBatch }),
        ...(concurrency && { concurrency }),
      }),
    );
  return { pushes, stop: () => Promise.all(subscriptions.map((one) => one.stop())) };
}

async function drained(): Promise<void> {
  const groups = [
    ['timeline-fanout', tweetTopic.name],
    ['timeline-slices', fanOutTopic.name],
  ] as const;
  await vi.waitFor(
    async () => {
      for (const [group, topic] of groups)
        expect((await log.lag(group, [topic])).filter(({ committed, end }) => committed < end)).toEqual([]);
    },
    { timeout: 20_000, interval: 20 },
  );
}
