import type { Random } from '@starling/stack/community/random.ts';

/** So many different ones. Throws RangeError where there are fewer. */
export function pickSome<Item>(random: Random, items: readonly Item[], count: number): Item[] {
  if (count > items.length) throw new RangeError(`${count} of ${items.length} cannot be chosen.`);
  const chosen = new Set<Item>();
  while (chosen.size < count) chosen.add(random.pick(items));
  return [...chosen];
}
