import { timeOfId } from '@starling/domain/ids.ts';
import { chainSlices } from './chain-slices.ts';
import type { DeliveredSlice } from './delivery-log/port.ts';

export type DeliverySum = {
  pushed: number;
  pulled: number;
  /** Null while no list has taken it. */
  firstAt: Date | null;
  lastAt: Date | null;
  /** Milliseconds from the entry's moment within which 99 of 100 lists had it. */
  p99LagMs: number | null;
  isComplete: boolean;
};

/** What is known of one entry, each follower once (chain-slices.ts). Null while nothing is known from the first follower on. */
export function sumDelivery(slices: readonly DeliveredSlice[]): DeliverySum | null {
  const chain = chainSlices(slices);
  const last = chain.at(-1);
  if (last === undefined) return null;
  const parts = chain.flatMap((slice) => slice.parts);
  const taken = parts.filter(({ pushed }) => pushed > 0).sort((a, b) => a.atMs - b.atMs);
  const [pushed, pulled] = [sum(parts.map((part) => part.pushed)), sum(parts.map((part) => part.pulled))];
  const dateOf = (atMs: number | undefined) => (atMs === undefined ? null : new Date(atMs));
  const atP99 = momentOf(taken, Math.ceil(pushed * 0.99));
  return {
    pushed,
    pulled,
    firstAt: dateOf(taken[0]?.atMs),
    lastAt: dateOf(taken.at(-1)?.atMs),
    // Clocks of other machines may be behind.
    p99LagMs: atP99 === null ? null : Math.max(0, atP99 - timeOfId(last.entryId)),
    isComplete: last.lastId === null,
  };
}

/** When so many lists had it. */
function momentOf(parts: readonly { atMs: number; pushed: number }[], count: number): number | null {
  let reached = 0;
  for (const { atMs, pushed } of parts) if ((reached += pushed) >= count) return atMs;
  return null;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
