import type { Id } from '@starling/domain/ids.ts';
import type { DeliveredSlice } from './delivery-log/port.ts';

/** Slices that follow one another from the first follower on. */
type Chain = { slices: readonly DeliveredSlice[]; lastAtMs: number };

/**
 * Those slices of one entry that are to be counted: from the first follower on, each begins where the one before ended, and they go as far
 * as is known. A slice that was repeated may have ended elsewhere, and both ends may have been gone on from, so there may be several such
 * chains; whoever is in one of them is in each that comes as far. Of chains to the same end this is the one that was there first. Every
 * slice begins where another one ended, so the chain of one that has come to the end is whole, if each was noted.
 */
export function chainSlices(slices: readonly DeliveredSlice[]): readonly DeliveredSlice[] {
  const chains = new Map<Id | null, Chain>([['', { slices: [], lastAtMs: 0 }]]);
  for (const slice of slices.toSorted(byPlace)) {
    const before = chains.get(slice.afterId);
    if (before === undefined) continue;
    const lastAtMs = Math.max(before.lastAtMs, ...slice.parts.map(({ atMs }) => atMs));
    const other = chains.get(slice.lastId);
    if (other === undefined || lastAtMs < other.lastAtMs)
      chains.set(slice.lastId, { slices: [...before.slices, slice], lastAtMs });
  }
  return chains.get(furthest([...chains.keys()]))?.slices ?? [];
}

/** So that what ends at a place comes before what begins there, and that the order of notes decides nothing. */
function byPlace(one: DeliveredSlice, other: DeliveredSlice): number {
  return compare(one.afterId, other.afterId) || compareEnds(one.lastId, other.lastId);
}

function furthest(ends: readonly (Id | null)[]): Id | null {
  return ends.toSorted(compareEnds).at(-1) ?? null;
}

function compareEnds(one: Id | null, other: Id | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return compare(one, other);
}

function compare(one: Id, other: Id): number {
  return one < other ? -1 : Number(one > other);
}
