import { expect, test } from 'vitest';
import { createBoundedMap } from './bounded-map.ts';

test('what was set or found longest ago goes first', () => {
  const map = createBoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
  map.set('a', 4);
  map.set('d', 5);
  expect([map.get('a'), map.get('c'), map.get('d')]).toEqual([4, undefined, 5]);
});

test('with a bound of 0 nothing stays', () => {
  const map = createBoundedMap<string, number>(0);
  map.set('a', 1);
  expect(map.get('a')).toBeUndefined();
});
