import type { Id } from '@starling/domain/ids.ts';
import { highestFirst, scoreOf, type Factors, type Ranked } from '@starling/domain/ranking.ts';
import type { Epoch } from './ranked-place.ts';

/** What is kept of an epoch: its entries in their order, packed, for there are many orders; some 32 bytes an entry. */
export type RankedOrder = {
  epoch: Epoch;
  ids: BigInt64Array;
  /** Affinity, weight and decay of each. */
  factors: Float64Array;
};

export type RankedId = Ranked & { factors: Factors };

export function orderOf(epoch: Epoch, entries: readonly { id: Id; factors: Factors }[]): RankedOrder {
  const ranked = entries.map((entry) => ({ ...entry, score: scoreOf(entry.factors) })).sort(highestFirst);
  return {
    epoch,
    ids: BigInt64Array.from(ranked, ({ id }) => BigInt(id)),
    factors: Float64Array.from(ranked.flatMap(({ factors: { affinity, weight, decay } }) => [affinity, weight, decay])),
  };
}

/**
 * The next `limit` beyond a place, which need not be in the order: one that was made anew may lack it, or have it elsewhere.
 */
export function entriesAfter(order: RankedOrder, place: Ranked | null, limit: number): RankedId[] {
  const entries: RankedId[] = [];
  for (let index = 0; index < order.ids.length && entries.length < limit; index += 1) {
    const entry = entryAt(order, index);
    if (place === null || highestFirst(entry, place) > 0) entries.push(entry);
  }
  return entries;
}

function entryAt({ ids, factors: packed }: RankedOrder, index: number): RankedId {
  const [affinity = 0, weight = 0, decay = 0] = packed.subarray(3 * index, 3 * index + 3);
  const factors = { affinity, weight, decay };
  return { id: String(ids[index]), factors, score: scoreOf(factors) };
}
