import { describe, expect, test } from 'vitest';
import { planReplay, type Standing } from './plan-replay.ts';

const standing = (partition: number, committed: bigint, end: bigint): Standing => ({
  ...{ topic: 'tweet.v1', partition, committed, end, ahead: 10 },
});
const part = (name: string, ...offsets: bigint[]) => ({
  ...{ name, tenure: 'a' },
  positions: new Map(offsets.map((offset, partition) => [`tweet.v1:${partition}`, offset])),
});

describe('what is replayed', () => {
  test('begins at the lowest position of the parts, in each partition, and leaves out where nothing is', () => {
    const parts = [part('x', 5n, 9n, 4n), part('y', 7n, 8n, 4n)];
    const all = [standing(0, 20n, 20n), standing(1, 20n, 20n), standing(2, 4n, 4n)];
    const { spans, replayed, afresh } = planReplay(parts, all, 1_000);
    expect(spans.map(({ partition, from }) => [partition, from])).toEqual([
      [0, 5n],
      [1, 8n],
    ]);
    expect([replayed, afresh]).toEqual([parts, []]);
  });

  test('is nothing for a part that does not know a partition, or knows one that was longer', () => {
    const parts = [part('x', 5n), part('y', 5n, 21n), part('z', 6n, 20n)];
    const { spans, replayed, afresh } = planReplay(parts, [standing(0, 20n, 20n), standing(1, 20n, 20n)], 1_000);
    expect(replayed.map(({ name }) => name)).toEqual(['z']);
    expect(afresh.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(spans.map(({ partition, from }) => [partition, from])).toEqual([[0, 6n]]);
  });

  test('counts what was handled and what may be in hand, not all that waits', () => {
    const waiting = [standing(0, 20n, 5_000n)];
    expect(planReplay([part('x', 15n)], waiting, 15).replayed).toHaveLength(1);
    const { spans, replayed, afresh } = planReplay([part('x', 14n)], waiting, 15);
    expect([spans.length, replayed.length, afresh.length]).toEqual([0, 0, 1]);
  });

  test('goes as far where a part is beyond what is committed, and is nothing where it is beyond that', () => {
    const all = [standing(0, 20n, 5_000n), standing(1, 20n, 5_000n)];
    const { spans, replayed } = planReplay([part('x', 27n, 30n)], all, 3);
    expect(spans).toEqual([{ topic: 'tweet.v1', partition: 0, from: 27n, until: 30n }]);
    expect(replayed).toHaveLength(1);
  });

  test('ends where the log ended', () => {
    expect(planReplay([part('x', 18n)], [standing(0, 20n, 23n)], 5).spans).toMatchObject([{ from: 18n, until: 23n }]);
  });

  test('is nothing where no part knows anything', () => {
    expect(planReplay([part('x')], [standing(0, 20n, 20n)], 1_000)).toEqual({
      ...{ spans: [], replayed: [], afresh: [part('x')] },
    });
  });
});
