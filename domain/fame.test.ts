import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFamousAt, isFamousFromTo, isFamousNow, isFamousSince } from './fame.ts';

const thresholds = { famousFrom: 10, famousBelow: 8 };

describe('fame', () => {
  test('begins at one number of followers and ends below a lower one', () => {
    const classes: boolean[] = [];
    let isFamous = false;
    for (const followers of [9, 10, 9, 8, 7, 8, 9, 10]) {
      isFamous = isFamousNow(isFamous, followers, thresholds);
      classes.push(isFamous);
    }
    expect(classes).toEqual([false, true, true, true, false, false, false, true]);
  });

  test('holds from its begin, and no longer at its end', () => {
    const intervals = [
      { beginsAt: 10, endsAt: 20 },
      { beginsAt: 30, endsAt: Infinity },
    ];
    expect([9, 10, 19, 20, 29, 30, 1_000].map((atMs) => isFamousAt(intervals, atMs))).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(isFamousFromTo(intervals, 10, 19)).toBe(true);
    expect(isFamousFromTo(intervals, 10, 20)).toBe(false);
    expect(isFamousFromTo(intervals, 19, 30)).toBe(false);
    expect(isFamousFromTo(intervals, 30, 1_000)).toBe(true);
  });

  test('is somewhere at or after a moment exactly if it has not ended by then', () => {
    const interval = fc.record({ beginsAt: fc.nat(30), length: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 3 }), fc.nat(70), (given, atMs) => {
        const intervals = given.map(({ beginsAt, length }) => ({ beginsAt, endsAt: beginsAt + length }));
        const later = Array.from({ length: 100 }, (_, index) => atMs + index);
        expect(isFamousSince(intervals, atMs)).toBe(later.some((moment) => isFamousAt(intervals, moment)));
      }),
    );
  });
});
