import { expect, test } from 'vitest';
import { bearerToken } from './bearer.ts';

test.each([
  ['Bearer abc.def-_~+/==', 'abc.def-_~+/=='],
  ['bearer   abc ', 'abc'],
  ['', null],
  [undefined, null],
  [null, null],
])('%j holds the token %j', (header, token) => expect(bearerToken(header)).toBe(token));

test.each(['abc', 'Basic abc', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer a\nb', 42, ['Bearer a'], {}])(
  '%j is refused',
  (header) => expect(() => bearerToken(header)).toThrow('of the form'),
);

test('a long header that does not match is refused at once', () => {
  const began = performance.now();
  expect(() => bearerToken(`Bearer ${'='.repeat(60_000)}!`)).toThrow('of the form');
  expect(() => bearerToken(`Bearer ${' '.repeat(60_000)}!`)).toThrow('of the form');
  expect(performance.now() - began).toBeLessThan(5_000);
});
