import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Repeatable chance: the same seed gives the same community. */
export type Random = {
  /** In [0, 1). */
  fraction(): number;
  /** Whole number in [0, below). */
  below(below: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(probability: number): boolean;
};

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const below = (bound: number) => uniformInt(generator, 0, bound - 1);
  const fraction = () => uniformFloat64(generator);
  return {
    fraction,
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('There is nothing to pick from.');
      return item;
    },
    chance: (probability) => fraction() < probability,
  };
}

/**
 * Picks indexes below `size` with a heavy tail: index 0 most often, falling as 1 / rank^exponent (Zipf),
 * by inverting the continuous distribution.
 */
export function heavyTailed(random: Random, size: number, exponent: number): number {
  const power = 1 - exponent;
  const u = random.fraction();
  const x =
    Math.abs(power) < 1e-9 ? Math.pow(size + 1, u) : Math.pow(u * (Math.pow(size + 1, power) - 1) + 1, 1 / power);
  return Math.min(size - 1, Math.floor(x) - 1);
}
