import { expect, test } from 'vitest';
import { encodeCursor } from '@starling/kit/cursor.ts';
import { idFrom, placeFrom, retweeterFrom } from './cursors.ts';

const ID = '1800000000000000000';
const parsers = {
  idFrom: (cursor: string | null) => idFrom('replies', cursor),
  placeFrom: (cursor: string | null) => placeFrom('likedBy', cursor),
  retweeterFrom: (cursor: string | null) => retweeterFrom(cursor),
};

test.each(Object.entries(parsers))('%s begins at the beginning without a cursor, not with an empty one', (_, parse) => {
  expect(parse(null)).toBeNull();
  expect(() => parse('')).toThrow(expect.objectContaining({ code: 'BAD_CURSOR' }));
});

test('a cursor is read as it was written', () => {
  expect(idFrom('replies', encodeCursor('replies', [ID]))).toBe(ID);
  expect(placeFrom('likedBy', encodeCursor('likedBy', [5, ID]))).toEqual({ atMs: 5, id: ID });
  expect(() => placeFrom('likedBy', encodeCursor('likedBy', [-1, ID]))).toThrow();
});
