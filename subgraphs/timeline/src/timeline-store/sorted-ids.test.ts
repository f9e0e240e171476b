import { expect, test } from 'vitest';
import { emptyIds, idsBelow, insertId, keepHighest, replaceIds } from './sorted-ids.ts';

const KEPT = 800;
const MOST = 1_001;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1));

test('a list that was built full takes pushes and cuts for ever in the same memory', () => {
  const list = emptyIds();
  replaceIds(list, upTo(KEPT), MOST);
  const { ids } = list;
  expect(ids).toHaveLength(MOST);
  for (let id = BigInt(KEPT + 1); id <= 3_000n; id += 1n) {
    insertId(list, id, MOST);
    if (list.length === MOST) expect(keepHighest(list, KEPT)).toBe(id - BigInt(KEPT));
  }
  expect(list.ids).toBe(ids);
  expect(idsBelow(list, null, 2)).toEqual([3_000n, 2_999n]);
});

test('a list grows by doubling until it is full, and beyond that if it has to', () => {
  const list = emptyIds();
  const rooms = new Set<number>();
  for (const id of upTo(2_000)) {
    insertId(list, id, MOST);
    rooms.add(list.ids.length);
  }
  expect([...rooms]).toEqual([64, 128, 256, 512, MOST, 1_024, 2_048]);
  expect(idsBelow(list, null, 2_000)).toEqual(upTo(2_000).reverse());
});

test('a list that was built has room for the next push', () => {
  const list = emptyIds();
  replaceIds(list, [3n, 1n, 3n], MOST);
  expect([list.length, list.ids.length]).toEqual([2, 64]);
  replaceIds(list, upTo(64), MOST);
  expect([list.length, list.ids.length]).toEqual([64, 128]);
});
