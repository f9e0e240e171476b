import { ERASED } from '@starling/kit/event-log/erased-record.ts';
import type { EventLog, LogRecord } from '@starling/kit/event-log/port.ts';
import { expect, test } from 'vitest';
import { readSpan, RecordsGone } from './read-span.ts';

const record = (offset: number): LogRecord => ({
  ...{ topic: 't', partition: 0, offset: BigInt(offset), key: 'k', value: '{}', headers: {}, appendedAt: 0 },
});

/** A log of the offsets below `end`, without those below `low`. */
const logOf = (low: number, end: number): Pick<EventLog, 'read'> => ({
  read: async ({ fromOffset, limit }) => {
    const from = Math.max(low, Number(fromOffset));
    return Array.from({ length: Math.max(0, Math.min(limit, end - from)) }, (_, nth) => record(from + nth));
  },
});

async function offsetsOf(
  log: Pick<EventLog, 'read'>,
  { from, committed, end, maxBatch = 3 }: { from: number; committed: number; end: number; maxBatch?: number },
): Promise<number[]> {
  const offsets: number[] = [];
  const span = { from: BigInt(from), committed: BigInt(committed), end: BigInt(end), maxBatch };
  for await (const records of readSpan(log, { topic: 't', partition: 0, ...span }))
    offsets.push(...records.map(({ offset }) => Number(offset)));
  return offsets;
}

const range = (from: number, end: number) => Array.from({ length: end - from }, (_, nth) => from + nth);

test('what was handled and one batch more is read, also beyond a page', async () => {
  expect(await offsetsOf(logOf(0, 9_000), { from: 5, committed: 2_003, end: 9_000 })).toEqual(range(5, 2_006));
  // The batch in hand lies on both sides of a page's end.
  expect(await offsetsOf(logOf(0, 9_000), { from: 0, committed: 999, end: 9_000 })).toEqual(range(0, 1_002));
  expect(await offsetsOf(logOf(0, 9_000), { from: 0, committed: 997, end: 9_000 })).toEqual(range(0, 1_000));
});

test('nothing is read that was appended since', async () => {
  expect(await offsetsOf(logOf(0, 9_000), { from: 5, committed: 10, end: 11 })).toEqual(range(5, 11));
  expect(await offsetsOf(logOf(0, 9_000), { from: 10, committed: 10, end: 10 })).toEqual([]);
});

test('what was erased is left out', async () => {
  const log: Pick<EventLog, 'read'> = {
    read: async (options) => {
      const records = await logOf(0, 5).read(options);
      return records.map((one) => (one.offset === 2n ? { ...one, ...ERASED } : one));
    },
  };
  expect(await offsetsOf(log, { from: 0, committed: 5, end: 5 })).toEqual([0, 1, 3, 4]);
});

test('records that are no longer there are told', async () => {
  await expect(offsetsOf(logOf(6, 9), { from: 5, committed: 9, end: 9 })).rejects.toThrow(RecordsGone);
  await expect(offsetsOf(logOf(9, 9), { from: 5, committed: 9, end: 9 })).rejects.toThrow(RecordsGone);
  expect(await offsetsOf(logOf(6, 9), { from: 6, committed: 9, end: 9 })).toEqual([6, 7, 8]);
});
