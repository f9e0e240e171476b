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

async function offsetsOf(log: Pick<EventLog, 'read'>, from: number, until: number): Promise<number[]> {
  const offsets: number[] = [];
  const span = { topic: 't', partition: 0, from: BigInt(from), until: BigInt(until) };
  for await (const records of readSpan(log, span)) offsets.push(...records.map(({ offset }) => Number(offset)));
  return offsets;
}

const range = (from: number, end: number) => Array.from({ length: end - from }, (_, nth) => from + nth);

test('a span is read to its end and no further, also beyond a page', async () => {
  expect(await offsetsOf(logOf(0, 9_000), 5, 2_006)).toEqual(range(5, 2_006));
  expect(await offsetsOf(logOf(0, 9_000), 0, 1_000)).toEqual(range(0, 1_000));
  expect(await offsetsOf(logOf(0, 9_000), 5, 9_000)).toEqual(range(5, 9_000));
  expect(await offsetsOf(logOf(0, 9_000), 10, 10)).toEqual([]);
});

test('what was erased is left out', async () => {
  const log: Pick<EventLog, 'read'> = {
    read: async (options) => {
      const records = await logOf(0, 5).read(options);
      return records.map((one) => (one.offset === 2n ? { ...one, ...ERASED } : one));
    },
  };
  expect(await offsetsOf(log, 0, 5)).toEqual([0, 1, 3, 4]);
});

test('records that are no longer there are told', async () => {
  await expect(offsetsOf(logOf(6, 9), 5, 9)).rejects.toThrow(RecordsGone);
  await expect(offsetsOf(logOf(9, 9), 5, 9)).rejects.toThrow(RecordsGone);
  await expect(offsetsOf(logOf(0, 1_500), 5, 2_000)).rejects.toThrow(RecordsGone);
  expect(await offsetsOf(logOf(6, 9), 6, 9)).toEqual([6, 7, 8]);
});
