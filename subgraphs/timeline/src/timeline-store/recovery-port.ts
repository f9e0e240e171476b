import type { LogPositions } from './log-position.ts';
import type { Delivery } from './port.ts';

/**
 * What a store can do whose lists outlive the process that pushes, and may come back without their last pushes: after a restart, or on
 * a replica that took over. It keeps, in each part that can come back by itself, how far the log had been pushed.
 *
 * Promises (tests/conformance/timeline-recovery.conformance.ts):
 * - Lists that were begun before a server came back are missing to readers until their part is believed again, and for good if it
 *   began afresh. Pushes are applied meanwhile, and positions stand still.
 * - A position never goes back, but where a part begins afresh.
 */
export type TimelineRecovery = {
  /** Tells parts that were not pushed to for a while what was `reached`; the others hear of it with their pushes. */
  tellReached(): Promise<void>;
  /** Those whose lists may lack pushes, as far as their servers answer. */
  lostParts(): Promise<LostPart[]>;
  /** As `push` of the store, to lists in these parts only. */
  pushTo(parts: readonly LostPart[], deliveries: readonly Delivery[]): Promise<number[]>;
  /**
   * From now on the lists of a part count, with all that is pushed from these positions on; if it begins `afresh`, only those
   * that were begun since its server came back. False, and nothing is changed, if the server has come back once more.
   */
  believe(part: LostPart, now: { positions: LogPositions; afresh: boolean }): Promise<boolean>;
  /** Takes or renews the right to bring parts up to date; false while somebody else has it. It spares work, no more. */
  claim(holder: string, forMs: number): Promise<boolean>;
  release(holder: string): Promise<void>;
};

export type LostPart = {
  name: string;
  /** Of its server, since it came back. */
  tenure: string;
  /** Below which nothing is missing from the lists that came back. */
  positions: LogPositions;
};
