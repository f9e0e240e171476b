import type { Id } from '@starling/domain/ids.ts';
import { highestFirst, scoreOf, type Factors, type Ranked } from '@starling/domain/ranking.ts';
import type { Epoch } from './ranked-place.ts';

/** What is kept of an epoch: its entries in their order, packed, for there are many orders; some 40 bytes an entry. */
export type RankedOrder = {
  epoch: Epoch;
  ids: BigInt64Array;
  /** Affinity, weight and decay of each. */
  factors: Float64Array;
  /** What is one with them, one after the other, newest first, and where that of each entry ends. */
  collapsedIds: BigInt64Array;
  collapsedEnds: Uint32Array;
};

/** An entry to be ranked, and what is one with it. */
export type RankableId = { id: Id; factors: Factors; collapsedIds: readonly Id[] };

export type RankedId = Ranked & RankableId;

export function rankedOf<Some extends RankableId>(entries: readonly Some[]): (Some & Ranked)[] {
  return entries.map((entry) => ({ ...entry, score: scoreOf(entry.factors) })).sort(highestFirst);
}

export function orderOf(epoch: Epoch, ranked: readonly RankedId[]): RankedOrder {
  return {
    epoch,
    ids: BigInt64Array.from(ranked, ({ id }) => BigInt(id)),
    factors: Float64Array.from(ranked.flatMap(({ factors: { affinity, weight, decay } }) => [affinity, weight, decay])),
    collapsedIds: BigInt64Array.from(ranked.flatMap(({ collapsedIds }) => collapsedIds.map(BigInt))),
    collapsedEnds: Uint32Array.from(runningSums(ranked.map(({ collapsedIds }) => collapsedIds.length))),
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

/** The entries below the floor that are one with one above it. */
export function collapsedFromBelow({ epoch: { floorId }, collapsedIds }: RankedOrder): Set<Id> {
  const ids = Array.from(collapsedIds, String);
  return new Set(ids.filter((id) => floorId !== null && id < floorId));
}

function entryAt({ ids, factors: packed, ...order }: RankedOrder, index: number): RankedId {
  const [affinity = 0, weight = 0, decay = 0] = packed.subarray(3 * index, 3 * index + 3);
  const factors = { affinity, weight, decay };
  const collapsed = order.collapsedIds.subarray(order.collapsedEnds[index - 1] ?? 0, order.collapsedEnds[index]);
  return { id: String(ids[index]), factors, score: scoreOf(factors), collapsedIds: Array.from(collapsed, String) };
}

function runningSums(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}
