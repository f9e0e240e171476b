import type { PartitionLag } from '@starling/kit/event-log/port.ts';
import { expect, test } from 'vitest';
import { SLICES, TWEETS } from '../push-records.ts';
import { createProduct, FAN_OUT } from '../testing/product.ts';
import { createWorld, type Person } from '../testing/world.ts';
import type { LogPositions } from '../timeline-store/log-position.ts';
import type { TimelineRecovery } from '../timeline-store/recovery-port.ts';
import { recoverLists } from './recover-lists.ts';

const COMMITTED = 7;
const AHEAD = 40;

/** A part that has lost what lies at or above a position, and a log in which commits stand still while many records wait. */
function setUp(position: number) {
  const world = createWorld(2);
  const [author, reader] = world.people as [Person, Person];
  world.follow(reader, author);
  const product = createProduct(world);
  const tweets = Array.from({ length: 400 }, () => world.post(author).id);
  const pushed = new Set<string>();
  const believed: { positions: LogPositions; afresh: boolean }[] = [];
  const part = { name: 'all', tenure: 'a', positions: new Map([[`${TWEETS.topic}:0`, BigInt(position)]]) };
  part.positions.set(`${SLICES.topic}:0`, 0n);
  const recovery: Pick<TimelineRecovery, 'lostParts' | 'pushTo' | 'believe' | 'claim' | 'release'> = {
    lostParts: async () => [part],
    async pushTo(_, deliveries) {
      for (const { entryIds } of deliveries) for (const id of entryIds) pushed.add(id);
      return deliveries.map(({ followerIds }) => followerIds.length);
    },
    believe: async (_, now) => believed.push(now) > 0,
    claim: async () => true,
    release: async () => {},
  };
  const lagOf = (topic: string): PartitionLag =>
    topic === TWEETS.topic
      ? { topic, partition: 0, committed: BigInt(COMMITTED), end: BigInt(world.events.length) }
      : { topic, partition: 0, committed: 0n, end: 0n };
  const log = {
    aheadOfCommits: AHEAD,
    lag: async (_: string, topics: readonly string[]) => topics.map(lagOf),
    read: async ({ fromOffset, limit }: { fromOffset: bigint; limit: number }) =>
      world.events.slice(Number(fromOffset), Number(fromOffset) + limit),
  };
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const deps = { ...product.deps, ...FAN_OUT, log, recovery: { ...recovery, tellReached: async () => {} }, logger };
  return {
    ...{ tweets, pushed, believed },
    recover: (replayMost = 1_000) => recoverLists({ ...deps, replayMost }, new AbortController().signal),
  };
}

test('all that a group may have handled is replayed, though nothing of it is committed, and a batch in hand', async () => {
  const { tweets, pushed, believed, recover } = setUp(5);
  await recover();
  expect([...pushed]).toEqual(tweets.slice(5, COMMITTED + AHEAD + TWEETS.maxBatch));
  expect(believed).toMatchObject([{ afresh: false }]);
});

test('a part that has heard of more than is committed gets what is above that', async () => {
  const { tweets, pushed, recover } = setUp(COMMITTED + 30);
  await recover();
  expect([...pushed]).toEqual(tweets.slice(COMMITTED + 30, COMMITTED + AHEAD + TWEETS.maxBatch));
});

test('what may have been handled counts among the records that are too many', async () => {
  const { pushed, believed, recover } = setUp(COMMITTED);
  await recover(AHEAD + TWEETS.maxBatch - 1);
  expect(pushed.size).toBe(0);
  expect(believed).toMatchObject([{ afresh: true }]);
});
