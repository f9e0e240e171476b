import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { PartitionLost } from '../deliver.ts';
import { AHEAD, type Commits, createCommits } from './commits.ts';
import { type Position, keyOf } from '../place.ts';

/** What was asked of the server, in turn, and how it answers. */
let asked: { positions: string[]; answer: () => void; fail: (error: unknown) => void }[];
let running: Set<Promise<void>>;
let closing: AbortController;
let isOver: boolean;
let commits: Commits;

beforeEach(() => {
  asked = [];
  running = new Set();
  closing = new AbortController();
  isOver = false;
  commits = createCommits({
    commit(positions) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      asked.push({ positions: positions.map(named), answer: resolve, fail: reject });
      return promise;
    },
    ...{ running, closing: closing.signal, isOver: () => isOver },
  });
});

const named = (position: Position) => `${keyOf(position)} ${position.offset}`;
const advance = (partition: number, offset: bigint) => commits.advance({ topic: 't', partition, offset });
const asks = (count: number) => vi.waitFor(() => expect(asked).toHaveLength(count), { interval: 1 });
const ended = () => vi.waitFor(() => expect(running.size).toBe(0), { interval: 1 });

test('one is under way at a time, and the next has the latest of whatever was handled meanwhile', async () => {
  await advance(0, 1n);
  await advance(0, 2n);
  await advance(1, 7n);
  await advance(0, 3n);
  expect(asked.map(({ positions }) => positions)).toEqual([['t/0 1']]);
  asked[0]?.answer();
  await asks(2);
  expect(asked[1]?.positions).toEqual(['t/0 3', 't/1 7']);
  expect(running.size).toBe(1);
  asked[1]?.answer();
  await ended();
  expect(asked).toHaveLength(2);
});

test('a partition that is far ahead of what is committed waits, and the others do not', async () => {
  commits.begin({ topic: 't', partition: 0, offset: 7_000n });
  await advance(0, 7_001n);
  await advance(0, 7_000n + BigInt(AHEAD));
  let isFree = false;
  const waiting = advance(0, 7_002n + BigInt(AHEAD)).then(() => (isFree = true));
  await advance(1, 5n);
  expect(isFree).toBe(false);
  asked[0]?.answer();
  await asks(2);
  expect(isFree).toBe(false);
  asked[1]?.answer();
  await waiting;
  await ended();
});

test('what fails is tried again by itself, and whoever comes meanwhile hears of it', async () => {
  await advance(0, 1n);
  asked[0]?.fail(new Error('no coordinator'));
  await asks(2);
  expect(asked[1]?.positions).toEqual(['t/0 1']);
  const later = advance(0, 2n);
  asked[1]?.fail(new Error('still none'));
  await expect(later).rejects.toThrow('still none');
  await asks(3);
  expect(asked[2]?.positions).toEqual(['t/0 2']);
  const again = advance(0, 2n);
  asked[2]?.answer();
  await again;
  await asks(4);
  asked[3]?.answer();
  await ended();
});

test('what fails while the partitions are handed on is tried once more at most', async () => {
  await advance(0, 1n);
  asked[0]?.fail(new Error('away'));
  // It pauses by now.
  await setImmediate();
  closing.abort();
  await asks(2);
  asked[1]?.fail(new Error('away'));
  await ended();
  const last = advance(0, 1n);
  await asks(3);
  asked[2]?.answer();
  await last;
  await ended();
});

test('nothing goes on once the partitions are another’s', async () => {
  await advance(0, 1n);
  asked[0]?.fail(new PartitionLost('t/0'));
  await ended();
  await expect(advance(1, 1n)).rejects.toThrow(PartitionLost);
  expect(asked).toHaveLength(1);
});

test('nothing is committed once the assignment is over, also of what was handled before', async () => {
  await advance(0, 1n);
  await advance(0, 2n);
  isOver = true;
  asked[0]?.answer();
  await ended();
  await expect(advance(0, 3n)).rejects.toThrow(PartitionLost);
  expect(asked).toHaveLength(1);
});
