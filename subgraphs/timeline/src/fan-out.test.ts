import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import { expect, test, vi } from 'vitest';
import { timelineConsumers } from './consumes.ts';
import type { NewEntry } from './announce-entry.ts';
import { fanOut, type FanOutDeps, type Push } from './fan-out.ts';
import { authorChannel, homeChannel } from './live-channel.ts';
import { CALL, createProduct, FAN_OUT } from './testing/product.ts';
import { createWorld } from './testing/world.ts';
import type { Delivery } from './timeline-store/port.ts';

test('entries of one push share one reading of the followers, and what goes to the store spans pushes', async () => {
  const { deps, asked, pushes } = setUp({ a: ['1', '2', '3'], b: ['4'] });
  await fanOut(deps, CALL, [pushOf('a', ['x', 'z']), pushOf('b', ['y'])]);
  expect(asked).toEqual(['a >', 'b >']);
  expect(pushes).toEqual([
    [
      { followerIds: ['1', '2'], entryIds: ['x', 'z'] },
      { followerIds: ['3'], entryIds: ['x', 'z'] },
      { followerIds: ['4'], entryIds: ['y'] },
    ],
  ]);
});

test('a store is given no more at a time than it should', async () => {
  const { deps, pushes } = setUp({ a: ['1', '2', '3', '4', '5'] }, { deliveriesAPush: 2 });
  await fanOut(deps, CALL, [pushOf('a', ['x'])]);
  expect(pushes.map((deliveries) => deliveries.flatMap(({ followerIds }) => followerIds))).toEqual([
    ['1', '2'],
    ['3', '4'],
    ['5'],
  ]);
});

test('a page is cut into what a store is given at a time, and before each piece others have their turn', async () => {
  const { deps, pushes, order } = setUp({ a: ['1', '2', '3', '4'] }, { deliveriesAPush: 1 });
  const giveWay = async () => void order.push('others');
  await fanOut({ ...deps, newsForMs: -1, giveWay }, CALL, [pushOf('a', ['x'])]);
  expect(pushes.flat().map(({ followerIds }) => followerIds)).toEqual([['1'], ['2'], ['3'], ['4']]);
  expect(order.filter((line) => line === 'others').length).toBeGreaterThanOrEqual(4);
  expect(order.indexOf('others')).toBeLessThan(order.indexOf('push'));
});

test('a push ends with a slice, and goes on behind it', async () => {
  const { deps, asked, pushes, order } = setUp({ a: ['1', '2', '3', '4', '5'] }, { followersASlice: 2 });
  const left = await fanOutAndGoOn(deps, [pushOf('a', ['x'])]);
  expect(left).toEqual([{ ...pushOf('a', ['x']), afterId: '2', slice: 1 }]);
  const further = await fanOutAndGoOn(deps, left);
  expect(further).toEqual([{ ...pushOf('a', ['x']), afterId: '4', slice: 2 }]);
  expect(await fanOutAndGoOn(deps, further)).toEqual([]);
  expect(asked).toEqual(['a >', 'a >2', 'a >4']);
  expect(pushes.flat().map(({ followerIds }) => followerIds)).toEqual([['1', '2'], ['3', '4'], ['5']]);
  expect(order.filter((line) => line.startsWith('home.a '))).toHaveLength(1);
});

test('a slice ends with a page, and followers that just fill it are known to be all only by the next', async () => {
  const { deps } = setUp({ a: ['1', '2', '3', '4'] }, { followersASlice: 3 });
  const left = await fanOutAndGoOn(deps, [pushOf('a', ['x'])]);
  expect(left).toMatchObject([{ afterId: '4' }]);
  expect(await fanOutAndGoOn(deps, left)).toEqual([]);
});

test.each([2_000_000, 50_000])(
  'of a million followers some pages are held at a time, in slices of %i',
  async (slice) => {
    const held = { now: 0, most: 0, pushed: 0 };
    const graph: FanOutDeps['graph'] = {
      async *streamFollowers(_, { pageSize, afterId }) {
        for (let first = Number(afterId) + 1; first <= 1_000_000; first += pageSize) {
          held.most = Math.max(held.most, (held.now += pageSize));
          yield { ids: Array.from({ length: pageSize }, (_, index) => String(first + index)) };
        }
      },
    };
    const push: FanOutDeps['store']['push'] = async (deliveries) => {
      await new Promise(setImmediate);
      const count = deliveries.reduce((sum, { followerIds }) => sum + followerIds.length, 0);
      held.now -= count;
      held.pushed += count;
      return deliveries.map(() => 0);
    };
    const size = { followersAPage: 5_000, followersASlice: slice, deliveriesAPush: 10_000, pushesUnderWay: 4 };
    const deps = { ...setUp({}).deps, ...size, newsForMs: -1, graph, store: { push } };
    for (let left = [pushOf('a', ['x'])]; left.length > 0;) left = await fanOutAndGoOn(deps, left);
    expect(held).toMatchObject({ now: 0, pushed: 1_000_000 });
    expect(held.most).toBeLessThanOrEqual(4 * 10_000 + 10_000);
  },
);

test('a slice tells who was reached when, and whose list took it', async () => {
  const { deps } = setUp({ a: ['1', '2', '3'], b: [] });
  expect(await fanOut(deps, CALL, [pushOf('a', ['x']), pushOf('b', ['y'])])).toEqual([
    {
      push: pushOf('a', ['x']),
      left: null,
      parts: [
        { atMs: 1_000, pushed: 1, pulled: 1 },
        { atMs: 1_000, pushed: 1, pulled: 0 },
      ],
    },
    { push: pushOf('b', ['y']), left: null, parts: [] },
  ]);
});

test('listeners are told after the push, the actor among them', async () => {
  const { deps, order } = setUp({ a: ['1'] });
  await fanOut(deps, CALL, [pushOf('a', ['x'])]);
  expect(order).toEqual(['push', 'home.a {"entryId":"x"}', 'home.1 {"entryId":"x"}']);
});

test('a push to the famous asks for them in every slice, and is told by the author’s channel alone', async () => {
  const { deps, asked, order } = setUp({ a: ['1', '2'] }, { followersASlice: 1 });
  const left = await fanOutAndGoOn(deps, [{ ...pushOf('a', ['x']), famousAtMs: 900 }]);
  expect(left).toMatchObject([{ famousAtMs: 900, afterId: '1' }]);
  await fanOut(deps, CALL, left);
  expect(asked).toEqual(['a > famous at 900', 'a >1 famous at 900']);
  const news = '{"entryId":"x"}';
  expect(order).toEqual(['push', `${homeChannel('a')} ${news}`, `${authorChannel('a')} ${news}`, 'push']);
});

test('a few pushes are under way at a time, and no more', async () => {
  const { deps } = setUp({ a: Array.from({ length: 12 }, (_, index) => `${index}`) }, { deliveriesAPush: 2 });
  const gates: PromiseWithResolvers<number[]>[] = [];
  const push = () => {
    const gate = Promise.withResolvers<number[]>();
    gates.push(gate);
    return gate.promise;
  };
  const done = fanOut({ ...deps, store: { push } }, CALL, [pushOf('a', ['x'])]);
  for (let open = 0; open < 6; open += 1) {
    await vi.waitFor(() => expect(gates.length).toBe(Math.min(6, open + 2)));
    gates[open]?.resolve([2]);
  }
  await done;
});

test('a push that fails fails the batch, whoever was pushed to meanwhile', async () => {
  const { deps } = setUp({ a: ['1', '2', '3', '4', '5', '6'] }, { deliveriesAPush: 2 });
  let pushes = 0;
  const push = () => ((pushes += 1) === 1 ? Promise.reject(new Error('away')) : Promise.resolve([2]));
  await expect(fanOut({ ...deps, store: { push } }, CALL, [pushOf('a', ['x'])])).rejects.toThrow('away');
});

test('what cannot be announced is pushed, and tried again: nobody else would tell who listens', async () => {
  const { deps, pushes } = setUp({ a: ['1'] });
  const publish = (): Promise<never> => Promise.reject(new Error('away'));
  await expect(fanOut({ ...deps, pubsub: { publish } }, CALL, [pushOf('a', ['x'])])).rejects.toThrow('away');
  expect(pushes).toHaveLength(1);
});

test('a graph that is away holds up the batch', async () => {
  const { deps } = setUp({});
  const graph: FanOutDeps['graph'] = {
    async *streamFollowers() {
      throw new Error('away');
    },
  };
  await expect(fanOut({ ...deps, graph }, CALL, [pushOf('a', ['x'])])).rejects.toThrow('away');
});

test('an erased person’s timeline is dropped, and records that are no events are refused', async () => {
  const { deps } = createProduct(createWorld(1));
  const dropped: string[] = [];
  const drop = async (ids: readonly string[]): Promise<void> => void dropped.push(...ids);
  const log = { publish: async () => [] };
  const consumers = timelineConsumers({ ...FAN_OUT, ...deps, log, store: { ...deps.store, drop } });
  const tweets = consumers.find(({ group }) => group === 'timeline-fanout');
  const users = consumers.find(({ group }) => group === 'timeline-erasure');
  const envelope = { eventId: 'e', revision: 1, version: 1, at: 0 };
  await users!.handle([record(userTopic.name, { ...envelope, type: 'user.erased', userId: '7' })]);
  expect(dropped).toEqual(['7']);
  await expect(tweets!.handle([record(tweetTopic.name, { ...envelope, type: 'tweet.sung' })])).rejects.toThrow();
});

/** What is left of them. */
async function fanOutAndGoOn(deps: FanOutDeps, pushes: readonly Push[]): Promise<Push[]> {
  return (await fanOut(deps, CALL, pushes)).flatMap(({ left }) => left ?? []);
}

function pushOf(actorId: string, entryIds: string[]): Push {
  const entries: NewEntry[] = entryIds.map((entryId) => ({ entryId, at: 1_000 }));
  return { pushId: `of ${actorId}`, actorId, entries, famousAtMs: 0, afterId: '', slice: 0 };
}

function record(topic: string, event: object) {
  return { topic, key: 'k', value: JSON.stringify(event), headers: {}, partition: 0, offset: 0n, appendedAt: 0 };
}

function setUp(followers: Record<string, string[]>, { deliveriesAPush = 100, followersASlice = 100 } = {}) {
  const asked: string[] = [];
  const pushes: Delivery[][] = [];
  const order: string[] = [];
  const deps: FanOutDeps = {
    graph: {
      async *streamFollowers(_, { userId, pageSize, afterId, famousAtMs }) {
        asked.push(`${userId} >${afterId}${famousAtMs > 0n ? ` famous at ${famousAtMs}` : ''}`);
        const ids = (followers[userId] ?? []).filter((id) => id > afterId);
        for (let start = 0; start < ids.length; start += pageSize) yield { ids: ids.slice(start, start + pageSize) };
      },
    },
    keepsLists: true,
    store: {
      push: async (deliveries) => {
        pushes.push([...deliveries]);
        order.push('push');
        return deliveries.map(() => 1);
      },
    },
    pubsub: {
      publish: async (channels, payload) => void order.push(...channels.map((channel) => `${channel} ${payload}`)),
    },
    followersAPage: 2,
    followersASlice,
    deliveriesAPush,
    pushesUnderWay: 2,
    newsForMs: 1_000,
    now: () => 1_000,
  };
  return { deps, asked, pushes, order };
}
