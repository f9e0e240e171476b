import type { LogRecord } from '../port.ts';

/**
 * Records of one partition between the server and the consumer, in order, each once. It knows which offset comes next and
 * believes nobody else about it: what it holds already is dropped, and what leaves a gap is asked for again.
 */
export type Inbox = {
  topic: string;
  partition: number;
  /**
   * True if they were taken in. False if they leave a gap: then the partition is to be read again from `next` on. A gap that
   * is still there after that is one of the log's own (its records were deleted), and goes through.
   */
  offer(records: readonly LogRecord[], end: bigint): boolean;
  /** The offset that comes next. */
  next(): bigint;
  /** The oldest records, up to so many. */
  take(limit: number): LogRecord[];
  size(): number;
  /** Resolves when it has become small again. */
  roomy(): Promise<void>;
};

/** About two fetches of small records: enough to work on while the next is on its way. */
export const FULL = 4_000;

export function createInbox(topic: string, partition: number, first: bigint): Inbox {
  let next = first;
  let held: LogRecord[] = [];
  let isGapExpected = false;
  let room = Promise.withResolvers<void>();

  return {
    topic,
    partition,
    offer(records, end) {
      const last = records.at(-1);
      if (last === undefined) return true;
      // The log has become shorter than it was: another log under the same name.
      if (last.offset < next && end < next) next = records[0]?.offset ?? next;
      const fresh = records.filter(({ offset }) => offset >= next);
      const isGap = fresh[0] !== undefined && fresh[0].offset > next;
      if (isGap && !isGapExpected) {
        isGapExpected = true;
        return false;
      }
      isGapExpected = false;
      held = held.length === 0 ? fresh : held.concat(fresh);
      if (fresh.length > 0) next = last.offset + 1n;
      return true;
    },
    next: () => next,
    take(limit) {
      const taken = held.slice(0, limit);
      held = held.slice(limit);
      if (held.length < FULL / 2) {
        room.resolve();
        room = Promise.withResolvers();
      }
      return taken;
    },
    size: () => held.length,
    roomy: () => (held.length < FULL / 2 ? Promise.resolve() : room.promise),
  };
}
