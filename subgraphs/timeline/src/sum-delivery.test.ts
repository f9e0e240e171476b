import { composeId } from '@starling/domain/ids.ts';
import { expect, test } from 'vitest';
import type { DeliveredSlice } from './delivery-log/port.ts';
import { sumDelivery } from './sum-delivery.ts';

const AT = Date.UTC(2026, 0, 1);
const entryId = composeId({ atMs: AT, node: 1, sequence: 0 });

test('counts, the first and the last moment, and the lag of 99 of 100 are those of all slices together', () => {
  const sum = sumDelivery([
    slice('300', null, [part(5_000, 1, 0)]),
    slice('', '300', [part(20, 90, 10), part(10, 0, 7), part(30, 9, 0)]),
  ]);
  expect(sum).toEqual({
    pushed: 100,
    pulled: 17,
    firstAt: new Date(AT + 20),
    lastAt: new Date(AT + 5_000),
    p99LagMs: 30,
    isComplete: true,
  });
  expect(sumDelivery([slice('', null, [part(20, 98, 0), part(5_000, 2, 0)])])?.p99LagMs).toBe(5_000);
});

test('a tweet that nobody has a list for has no moment, and one that is known of nowhere no sum', () => {
  const nothing = { pushed: 0, firstAt: null, lastAt: null, p99LagMs: null };
  expect(sumDelivery([slice('', null, [])])).toEqual({ ...nothing, pulled: 0, isComplete: true });
  expect(sumDelivery([slice('', '3', [part(1, 0, 3)])])).toEqual({ ...nothing, pulled: 3, isComplete: false });
  expect(sumDelivery([])).toBeNull();
});

test('it is complete only with every slice up to the last, and nothing is known without the first', () => {
  const [first, second, third] = [slice('', '3', []), slice('3', '5', []), slice('5', null, [])];
  expect(sumDelivery([first, third])?.isComplete).toBe(false);
  expect(sumDelivery([third, first, second])?.isComplete).toBe(true);
  expect(sumDelivery([second, third])).toBeNull();
});

test('counts, moments and the lag are those of one chain, whatever was repeated with other sizes', () => {
  const lost = slice('', '500', [part(900, 500, 0)]);
  const chain = [slice('', '200', [part(1_000, 150, 50)]), slice('200', null, [part(2_000, 300, 0)])];
  const all = { pushed: 450, pulled: 50, firstAt: new Date(AT + 1_000), lastAt: new Date(AT + 2_000), p99LagMs: 2_000 };
  expect(sumDelivery([lost, ...chain])).toEqual({ ...all, isComplete: true });
});

test('a clock that is behind makes no lag below zero', () => {
  expect(sumDelivery([slice('', null, [part(-5, 1, 0)])])?.p99LagMs).toBe(0);
});

function slice(afterId: string, lastId: string | null, parts: DeliveredSlice['parts']): DeliveredSlice {
  return { entryId, afterId, lastId, parts };
}

function part(lagMs: number, pushed: number, pulled: number) {
  return { atMs: AT + lagMs, pushed, pulled };
}
