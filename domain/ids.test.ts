import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AFTER_EVERY_ID,
  composeId,
  firstIdAfter,
  firstIdAt,
  IDS_PER_MILLISECOND,
  isId,
  isRetweetId,
  newestFirst,
  NODE_COUNT,
  timeOfId,
} from './ids.ts';

const parts = fc.record({
  atMs: fc.integer({ min: Date.UTC(2005, 8, 1), max: Date.UTC(2067, 7, 31) }),
  node: fc.nat({ max: NODE_COUNT - 1 }),
  sequence: fc.nat({ max: IDS_PER_MILLISECOND - 1 }),
  isRetweet: fc.boolean(),
});

describe('an id', () => {
  test('is 19 digits and tells its moment and its kind', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const id = composeId(given);
        expect(isId(id)).toBe(true);
        expect(timeOfId(id)).toBe(given.atMs);
        expect(isRetweetId(id)).toBe(given.isRetweet);
      }),
    );
  });

  test('orders as a string as it does as a number, later moments above earlier ones', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const [idA, idB] = [composeId(a), composeId(b)];
        expect(idA < idB).toBe(BigInt(idA) < BigInt(idB));
        if (a.atMs < b.atMs) expect([idA, idB].sort(newestFirst)).toEqual([idB, idA]);
      }),
    );
  });

  test('is unlike every other of different parts', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const areEqual =
          a.atMs === b.atMs && a.node === b.node && a.sequence === b.sequence && a.isRetweet === b.isRetweet;
        expect(composeId(a) === composeId(b)).toBe(areEqual);
      }),
    );
  });

  test('is refused for a moment that has no 19 digits', () => {
    expect(() => composeId({ atMs: Date.UTC(2005, 0, 1), node: 0, sequence: 0 })).toThrow(RangeError);
    expect(() => composeId({ atMs: Date.UTC(2070, 0, 1), node: 0, sequence: 0 })).toThrow(RangeError);
  });
});

test('the bound of a millisecond is below each of its ids and above all earlier ones', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const bound = firstIdAt(given.atMs);
      expect(bound <= composeId(given)).toBe(true);
      expect(composeId({ ...given, atMs: given.atMs - 1 }) < bound).toBe(true);
      expect(composeId(given) < AFTER_EVERY_ID).toBe(true);
    }),
  );
});

test('the bound of "as of" is above each id of the millisecond, and below all later ones', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const bound = firstIdAfter(given.atMs);
      expect(composeId(given) < bound).toBe(true);
      expect(bound <= composeId({ ...given, atMs: given.atMs + 1 })).toBe(true);
    }),
  );
  for (const atMs of [Date.UTC(1970, 0, 1), Date.UTC(-400, 0, 1)]) {
    expect(isId(firstIdAfter(atMs))).toBe(true);
    expect(firstIdAfter(atMs) < composeId({ atMs: Date.UTC(2005, 8, 1), node: 0, sequence: 0 })).toBe(true);
  }
});

test('only the one spelling of an id is an id', () => {
  expect(isId('1234567890123456789')).toBe(true);
  expect(isId(AFTER_EVERY_ID)).toBe(true);
  const wrong = [
    '',
    '1',
    '0123456789012345678',
    '12345678901234567890',
    '9223372036854775808',
    '-123456789012345678',
    '+123456789012345678',
    ' 1234567890123456789',
    '1234567890123456789\n',
    '123456789012345678e',
    '١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩',
  ];
  expect(wrong.filter(isId)).toEqual([]);
});
