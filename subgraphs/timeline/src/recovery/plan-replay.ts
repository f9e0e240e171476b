import type { PartitionLag } from '@starling/kit/event-log/port.ts';
import { fieldOf } from '../timeline-store/log-position.ts';
import type { LostPart } from '../timeline-store/recovery-port.ts';

/** How far a group has come in a partition, and how many records from there on it may have in hand. */
export type Standing = PartitionLag & { maxBatch: number };

/** What is to be replayed of a partition. */
export type Span = Standing & { from: bigint };

export type ReplayPlan = {
  spans: Span[];
  /** Parts that these spans bring up to date. */
  replayed: LostPart[];
  /** Parts that nothing can be replayed to, or too much. */
  afresh: LostPart[];
};

/**
 * From the lowest position of the parts to what was in hand when their servers came back: whatever lies beyond has been begun since, or
 * will be. No more than `most` records in all.
 */
export function planReplay(lost: readonly LostPart[], standing: readonly Standing[], most: number): ReplayPlan {
  const knows = ({ positions }: LostPart) =>
    standing.every((each) => {
      const position = positions.get(fieldOf(each));
      // Beyond the end: of a log that is no more.
      return position !== undefined && position <= each.end;
    });
  const { known = [], unknown = [] } = Object.groupBy(lost, (part) => (knows(part) ? 'known' : 'unknown'));
  if (known.length === 0) return { spans: [], replayed: [], afresh: unknown };
  const spans = standing
    .map((each) => ({ ...each, from: lowest(known.map(({ positions }) => positions.get(fieldOf(each)) ?? 0n)) }))
    .filter((span) => lengthOf(span) > 0);
  const records = spans.reduce((sum, span) => sum + lengthOf(span), 0);
  if (records > most) return { spans: [], replayed: [], afresh: [...lost] };
  return { spans, replayed: known, afresh: unknown };
}

function lengthOf({ from, committed, end, maxBatch }: Span): number {
  const handed = committed + BigInt(maxBatch);
  return Number((handed < end ? handed : end) - from);
}

function lowest(offsets: readonly bigint[]): bigint {
  return offsets.reduce((least, offset) => (offset < least ? offset : least));
}
