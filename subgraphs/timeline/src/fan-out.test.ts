import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import { expect, test, vi } from 'vitest';
import { NO_FAME } from './fame-view.ts';
import { timelineConsumers } from './consumes.ts';
import { fanOut, type FanOutDeps } from './fan-out.ts';
import { CALL, createProduct } from './testing/product.ts';
import { createWorld } from './testing/world.ts';
import type { Delivery } from './timeline-store/port.ts';

test('entries of one actor share one reading of the followers, and pushes span actors', async () => {
  const { deps, asked, pushes } = setUp({ a: ['1', '2', '3'], b: ['4'] });
  await fanOut(deps, CALL, [entry('x', 'a'), entry('y', 'b'), entry('z', 'a')]);
  expect(asked).toEqual(['a', 'b']);
  expect(pushes).toEqual([
    [
      { followerIds: ['1', '2'], entryIds: ['x', 'z'] },
      { followerIds: ['3'], entryIds: ['x', 'z'] },
      { followerIds: ['4'], entryIds: ['y'] },
    ],
  ]);
});

test('a long list of followers is pushed in slices', async () => {
  const { deps, pushes } = setUp({ a: ['1', '2', '3', '4', '5'] }, { deliveriesAPush: 2 });
  await fanOut(deps, CALL, [entry('x', 'a')]);
  expect(pushes.map((deliveries) => deliveries.flatMap(({ followerIds }) => followerIds))).toEqual([
    ['1', '2'],
    ['3', '4'],
    ['5'],
  ]);
});

test('listeners are told after the push, the actor among them', async () => {
  const { deps, order } = setUp({ a: ['1'] });
  await fanOut(deps, CALL, [entry('x', 'a')]);
  expect(order).toEqual(['push', 'home.a {"entryId":"x"}', 'home.1 {"entryId":"x"}']);
});

test('a few pushes are under way at a time, and no more', async () => {
  const { deps } = setUp({ a: Array.from({ length: 12 }, (_, index) => `${index}`) }, { deliveriesAPush: 2 });
  const gates: PromiseWithResolvers<void>[] = [];
  const push = () => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  };
  const done = fanOut({ ...deps, store: { push } }, CALL, [entry('x', 'a')]);
  for (let open = 0; open < 6; open += 1) {
    await vi.waitFor(() => expect(gates.length).toBe(Math.min(6, open + 2)));
    gates[open]?.resolve();
  }
  await done;
});

test('a push that fails fails the batch, whoever was pushed to meanwhile', async () => {
  const { deps } = setUp({ a: ['1', '2', '3', '4', '5', '6'] }, { deliveriesAPush: 2 });
  let pushes = 0;
  const push = () => ((pushes += 1) === 1 ? Promise.reject(new Error('away')) : Promise.resolve());
  await expect(fanOut({ ...deps, store: { push } }, CALL, [entry('x', 'a')])).rejects.toThrow('away');
});

test('what cannot be announced is pushed, and tried again: nobody else would tell who listens', async () => {
  const { deps, pushes } = setUp({ a: ['1'] });
  const publish = (): Promise<never> => Promise.reject(new Error('away'));
  await expect(fanOut({ ...deps, pubsub: { publish } }, CALL, [entry('x', 'a')])).rejects.toThrow('away');
  expect(pushes).toHaveLength(1);
});

test('a graph that is away holds up the batch', async () => {
  const { deps } = setUp({});
  const graph: FanOutDeps['graph'] = {
    async *streamFollowers() {
      throw new Error('away');
    },
  };
  await expect(fanOut({ ...deps, graph }, CALL, [entry('x', 'a')])).rejects.toThrow('away');
});

test('an erased person’s timeline is dropped, and records that are no events are refused', async () => {
  const { deps } = createProduct(createWorld(1));
  const dropped: string[] = [];
  const drop = async (ids: readonly string[]): Promise<void> => void dropped.push(...ids);
  const consumers = timelineConsumers({ ...setUp({}).deps, ...deps, store: { ...deps.store, drop } });
  const tweets = consumers.find(({ group }) => group === 'timeline-fanout');
  const users = consumers.find(({ group }) => group === 'timeline-erasure');
  const envelope = { eventId: 'e', revision: 1, version: 1, at: 0 };
  await users!.handle([record(userTopic.name, { ...envelope, type: 'user.erased', userId: '7' })]);
  expect(dropped).toEqual(['7']);
  await expect(tweets!.handle([record(tweetTopic.name, { ...envelope, type: 'tweet.sung' })])).rejects.toThrow();
});

function entry(entryId: string, actorId: string) {
  return { entryId, actorId, at: 1_000 };
}

function record(topic: string, event: object) {
  return { topic, key: 'k', value: JSON.stringify(event), headers: {}, partition: 0, offset: 0n, appendedAt: 0 };
}

function setUp(followers: Record<string, string[]>, { deliveriesAPush = 100 } = {}) {
  const asked: string[] = [];
  const pushes: Delivery[][] = [];
  const order: string[] = [];
  const deps: FanOutDeps = {
    graph: {
      async *streamFollowers(_, { userId, pageSize }) {
        asked.push(userId);
        const ids = followers[userId] ?? [];
        for (let start = 0; start < ids.length; start += pageSize) yield { ids: ids.slice(start, start + pageSize) };
      },
    },
    keepsLists: true,
    fame: NO_FAME,
    store: {
      push: async (deliveries) => {
        pushes.push([...deliveries]);
        order.push('push');
      },
    },
    pubsub: {
      publish: async (channels, payload) => void order.push(...channels.map((channel) => `${channel} ${payload}`)),
    },
    followersAPage: 2,
    deliveriesAPush,
    pushesUnderWay: 2,
    newsForMs: 1_000,
    now: () => 1_000,
  };
  return { deps, asked, pushes, order };
}
