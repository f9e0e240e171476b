import { expect, test } from 'vitest';
import { murmur2, partitionOf } from './partition-of.ts';

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])("hashes %s as Kafka's clients do", (key, expected) => {
  expect(murmur2(Buffer.from(key))).toBe(expected);
});

test('every key has a partition within the count', () => {
  for (let key = 0; key < 1000; key += 1) expect(partitionOf(String(key), 7)).toBeGreaterThanOrEqual(0);
});
