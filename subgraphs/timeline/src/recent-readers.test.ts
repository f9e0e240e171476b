import { expect, test } from 'vitest';
import { createRecentReaders } from './recent-readers.ts';

test('each is drawn once for any number of reads', () => {
  const readers = createRecentReaders();
  for (const id of ['a', 'b', 'a', 'c']) readers.note(id);
  const drawn = [readers.draw(), readers.draw(), readers.draw(), readers.draw()];
  expect(drawn.slice(0, 3).toSorted()).toEqual(['a', 'b', 'c']);
  expect(drawn[3]).toBeNull();
});

test('chance alone decides who', () => {
  const readers = createRecentReaders();
  for (const id of ['a', 'b', 'c']) readers.note(id);
  expect([readers.draw(0.99), readers.draw(0), readers.draw(0.5)]).toEqual(['c', 'a', 'b']);
});

test('only the latest are remembered', () => {
  const readers = createRecentReaders(2);
  for (const id of ['a', 'b', 'a', 'c']) readers.note(id);
  expect([readers.draw(0), readers.draw(0), readers.draw(0)]).toEqual(['a', 'c', null]);
});
