import { composeId } from '@starling/domain/ids.ts';
import { expect, test } from 'vitest';
import type { DeliveredSlice } from './delivery-log/port.ts';
import { sumDelivery } from './sum-delivery.ts';

const AT = Date.UTC(2026, 0, 1);
const entryId = composeId({ atMs: AT, node: 1, sequence: 0 });

test('counts, the first and the last moment, and the lag of 99 of 100 are those of all slices together', () => {
  const sum = sumDelivery([
    slice(1, true, [part(5_000, 1, 0)]),
    slice(0, false, [part(20, 90, 10), part(10, 0, 7), part(30, 9, 0)]),
  ]);
  expect(sum).toEqual({
    pushed: 100,
    pulled: 17,
    firstAt: new Date(AT + 20),
    lastAt: new Date(AT + 5_000),
    p99LagMs: 30,
    isComplete: true,
  });
  expect(sumDelivery([slice(0, true, [part(20, 98, 0), part(5_000, 2, 0)])])?.p99LagMs).toBe(5_000);
});

test('a tweet that nobody has a list for has no moment, and one that is known of nowhere no sum', () => {
  const nothing = { pushed: 0, firstAt: null, lastAt: null, p99LagMs: null };
  expect(sumDelivery([slice(0, true, [])])).toEqual({ ...nothing, pulled: 0, isComplete: true });
  expect(sumDelivery([slice(0, false, [part(1, 0, 3)])])).toEqual({ ...nothing, pulled: 3, isComplete: false });
  expect(sumDelivery([])).toBeNull();
});

test('it is complete only with every slice up to the last', () => {
  expect(sumDelivery([slice(0, false, []), slice(2, true, [])])?.isComplete).toBe(false);
  expect(sumDelivery([slice(2, true, []), slice(0, false, []), slice(1, false, [])])?.isComplete).toBe(true);
});

test('a clock that is behind makes no lag below zero', () => {
  expect(sumDelivery([slice(0, true, [part(-5, 1, 0)])])?.p99LagMs).toBe(0);
});

function slice(number: number, isLast: boolean, parts: DeliveredSlice['parts']): DeliveredSlice {
  return { entryId, slice: number, isLast, parts };
}

function part(lagMs: number, pushed: number, pulled: number) {
  return { atMs: AT + lagMs, pushed, pulled };
}
