import { expect, test } from 'vitest';
import { chainSlices } from '../chain-slices.ts';
import { decodePlace, encodePlace } from './slice-place.ts';

const [FIRST, SECOND] = ['1000000000000000000', '1000000000000000001'];

test.each([
  { afterId: '', lastId: null },
  { afterId: '', lastId: FIRST },
  { afterId: FIRST, lastId: SECOND },
  { afterId: SECOND, lastId: null },
])('the place from "$afterId" to $lastId is read as it was written', (place) => {
  expect(decodePlace(encodePlace(place), place.lastId === null)).toEqual(place);
});

test('slices that were noted by their numbers follow one another, by number, and no slice with a place follows them', () => {
  const numbered = Array.from({ length: 12 }, (_, number) => noted(String(number), number === 11));
  expect(chainSlices(numbered.toReversed())).toEqual(numbered);
  const begun = numbered.slice(0, 11);
  expect(chainSlices([...begun, { ...noted(`${FIRST} ${SECOND}`, false) }])).toEqual(begun);
});

test('what the release before takes for the number of a slice is 0 where it has all followers, so that it finds it complete', () => {
  expect(Number(encodePlace({ afterId: '', lastId: null }))).toBe(0);
});

function noted(text: string, isLast: boolean) {
  return { entryId: '1', ...decodePlace(text, isLast), parts: [] };
}
