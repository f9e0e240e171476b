import type { Id } from '@starling/domain/ids.ts';
import type { PushedPart } from '../fan-out.ts';

/**
 * What the fan-out did for each entry, slice by slice. Losing it loses a count and no entry.
 *
 * Promises of every adapter (tests/conformance/delivery-log.conformance.ts):
 * - Of a slice that was noted before, the first note stays: what is pushed again has been there since. Slices are the same if they begin
 *   and end at the same places; one that was repeated and ended elsewhere is another one, kept beside the first.
 * - Notes go when nothing was added for `deliveryKeptMs`, or earlier, where room is short: then those of the entry that was noted longest
 *   ago go first, all of them at once.
 */
export type DeliveryLog = {
  note(slices: readonly DeliveredSlice[]): Promise<void>;
  /** By entry; those of which nothing is known are absent. In any order. */
  read(entryIds: readonly Id[]): Promise<Map<Id, DeliveredSlice[]>>;
};

export type DeliveredSlice = {
  entryId: Id;
  /** It has the followers above this id; empty at the start. */
  afterId: Id;
  /** Its last follower; null if it has come to the end of all. */
  lastId: Id | null;
  parts: readonly PushedPart[];
};

export type DeliveryLimits = {
  /** Milliseconds for which it is known how an entry was delivered. */
  deliveryKeptMs: number;
  /** Entries of which that is known. */
  maxDeliveries: number;
};
