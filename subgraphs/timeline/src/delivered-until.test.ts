import type { PartitionLag } from '@starling/kit/event-log/port.ts';
import { beforeEach, expect, test } from 'vitest';
import { createDeliveredUntil, type DeliveredUntil } from './delivered-until.ts';
import { SLICES, TWEETS } from './push-records.ts';

const GRACE_MS = 100;

let clock: number;
let lags: Record<string, [committed: bigint, end: bigint][]>;
let isAway: boolean;
let delivered: DeliveredUntil;

beforeEach(() => {
  clock = 1_000;
  isAway = false;
  lags = { [TWEETS.topic]: [[0n, 0n]], [SLICES.topic]: [[0n, 0n]] };
  const lag = async (_group: string, topics: readonly string[]): Promise<PartitionLag[]> => {
    if (isAway) throw new Error('away');
    return topics.flatMap((topic) =>
      (lags[topic] ?? []).map(([committed, end], partition) => ({ topic, partition, committed, end })),
    );
  };
  delivered = createDeliveredUntil({ log: { lag }, auditGraceMs: GRACE_MS, now: () => clock });
});

async function lookAt(moment: number): Promise<number | null> {
  clock = moment;
  await delivered.look();
  return delivered.until();
}

test('nothing is said before the log has been looked at for as long as a delivery may take', async () => {
  expect(delivered.until()).toBeNull();
  expect(await lookAt(1_000)).toBeNull();
  expect(await lookAt(1_099)).toBeNull();
  expect(await lookAt(1_100)).toBe(1_000);
  expect(await lookAt(1_500)).toBe(1_400);
});

test('a lag in any partition holds it back to when what is committed by now was the end', async () => {
  await lookAt(1_000);
  lags[TWEETS.topic] = [
    [5n, 5n],
    [5n, 9n],
  ];
  expect(await lookAt(1_200)).toBeNull();
  lags[TWEETS.topic] = [
    [5n, 5n],
    [7n, 12n],
  ];
  expect(await lookAt(1_400)).toBeNull();
  lags[TWEETS.topic] = [
    [6n, 9n],
    [9n, 20n],
  ];
  expect(await lookAt(1_600)).toBe(1_100);
  lags[TWEETS.topic] = [
    [9n, 9n],
    [20n, 20n],
  ];
  lags[SLICES.topic] = [[3n, 4n]];
  expect(await lookAt(1_800)).toBe(1_500);
  lags[SLICES.topic] = [[4n, 4n]];
  expect(await lookAt(2_000)).toBe(1_900);
});

test('after the log was away, or told of nothing, it begins anew', async () => {
  await lookAt(1_000);
  expect(await lookAt(1_500)).toBe(1_400);
  isAway = true;
  await expect(lookAt(1_600)).rejects.toThrow('away');
  expect(delivered.until()).toBeNull();
  isAway = false;
  expect(await lookAt(1_700)).toBeNull();
  expect(await lookAt(1_800)).toBe(1_700);
  lags[SLICES.topic] = [];
  expect(await lookAt(1_900)).toBeNull();
});

test('however long a group gets nowhere, it is right once it goes on', async () => {
  await lookAt(1_000);
  for (let moment = 1; moment < 3_000; moment += 1) {
    lags[TWEETS.topic] = [[0n, BigInt(moment)]];
    await lookAt(1_000 + moment);
  }
  lags[TWEETS.topic] = [[2_000n, 3_000n]];
  const until = await lookAt(5_000);
  expect(until).toBeLessThanOrEqual(3_000 - GRACE_MS);
  expect(until).toBeGreaterThan(2_000 - GRACE_MS);
});
