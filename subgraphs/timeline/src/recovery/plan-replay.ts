import type { Place } from '@starling/kit/event-log/place.ts';
import type { PartitionLag } from '@starling/kit/event-log/port.ts';
import { fieldOf } from '../timeline-store/log-position.ts';
import type { LostPart } from '../timeline-store/recovery-port.ts';

/** How far a group has committed in a partition, and how many records from there on it may have handled, or have in hand. */
export type Standing = PartitionLag & { ahead: number };

/** What is to be replayed of a partition: from one offset on, and below another. */
export type Span = Place & { from: bigint; until: bigint };

export type ReplayPlan = {
  spans: Span[];
  /** Parts that these spans bring up to date. */
  replayed: LostPart[];
  /** Parts that nothing can be replayed to, or too much. */
  afresh: LostPart[];
};

/**
 * From the lowest position of the parts to what may have been in hand when their servers came back: whatever lies beyond has been begun
 * since, or will be. No more than `most` records in all. A part may be beyond what is committed: it hears of what is in hand.
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
    .map((each) => spanOf(each, lowest(known.map(({ positions }) => positions.get(fieldOf(each)) ?? 0n))))
    .filter(({ from, until }) => from < until);
  const records = spans.reduce((sum, { from, until }) => sum + Number(until - from), 0);
  if (records > most) return { spans: [], replayed: [], afresh: [...lost] };
  return { spans, replayed: known, afresh: unknown };
}

function spanOf({ topic, partition, committed, end, ahead }: Standing, from: bigint): Span {
  return { topic, partition, from, until: lowest([committed + BigInt(ahead), end]) };
}

function lowest(offsets: readonly bigint[]): bigint {
  return offsets.reduce((least, offset) => (offset < least ? offset : least));
}
