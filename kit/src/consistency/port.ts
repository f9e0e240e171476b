import type { Consistency } from '../principal.ts';

/**
 * How far databases had come when somebody last wrote to them, remembered for as long as a replica may lag.
 *
 * Promises of every adapter (tests/conformance/position-store.conformance.ts):
 * - What was noted is read until its time is over, by every process; of several positions of a database the furthest.
 * - A store that cannot be reached throws StarlingError UNAVAILABLE: it never says that nothing was written.
 */
export type PositionStore = {
  note(userId: string, wrote: Consistency): Promise<void>;
  read(userId: string): Promise<Consistency>;
};
