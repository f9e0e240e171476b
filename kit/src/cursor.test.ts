import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFirst, decodeCursor, encodeCursor, page } from './cursor.ts';

const bad: unknown = expect.objectContaining({ code: 'BAD_CURSOR' });

describe('a cursor', () => {
  test('gives back what it was made of', () => {
    const field = fc.oneof(fc.string(), fc.integer());
    fc.assert(
      fc.property(fc.string(), fc.array(field), (kind, fields) => {
        expect(decodeCursor(kind, encodeCursor(kind, fields))).toEqual(fields);
      }),
    );
  });

  test('of another list is refused', () => {
    expect(() => decodeCursor('likes', encodeCursor('home', ['1']))).toThrow(bad);
  });

  test.each([
    '',
    'x',
    '!!',
    'bnVsbA',
    'W10',
    'WzFd',
    'e30',
    'a'.repeat(5_000),
    Buffer.from('[2,"home","1"]').toString('base64url'),
    Buffer.from('[1,"home",{"a":1}]').toString('base64url'),
    Buffer.from('[1, "home","1"]').toString('base64url'),
  ])('that is malformed (%s) is refused', (cursor) => {
    expect(() => decodeCursor('home', cursor)).toThrow(bad);
  });

  test('of arbitrary text is refused as such', () => {
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        expect(() => decodeCursor('home', cursor)).toThrow(bad);
      }),
    );
  });

  test('with anything changed is refused', () => {
    const cursor = encodeCursor('home', ['1234567890123456789']);
    expect(() => decodeCursor('home', `${cursor}A`)).toThrow(bad);
    expect(() => decodeCursor('home', `${cursor}=`)).toThrow(bad);
    expect(() => decodeCursor('home', ` ${cursor}`)).toThrow(bad);
  });
});

describe('a page size', () => {
  test.each([0, -1, 101, 1.5, Number.NaN])('%s is refused', (first) => {
    expect(() => checkFirst(first)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  test('has the maximum it is told', () => {
    expect(checkFirst(100)).toBe(100);
    expect(() => checkFirst(11, { max: 10 })).toThrow('1 to 10');
  });
});

test('a page ends at its last edge unless told otherwise', () => {
  const edges = [{ cursor: 'a' }, { cursor: 'b' }];
  expect(page(edges, { hasNextPage: false }).pageInfo).toMatchObject({ startCursor: 'a', endCursor: 'b' });
  expect(page([], { hasNextPage: true, endCursor: 'z' }).pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: null,
    endCursor: 'z',
  });
  expect(page([], { hasNextPage: false }).pageInfo.endCursor).toBeNull();
});
