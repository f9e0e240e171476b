/** All in milliseconds. */
export type Timing = {
  /** How long a member may be silent before its partitions go to others. */
  session: number;
  /** How soon members hear of a rebalance, at the latest. */
  heartbeat: number;
  /** How long a fetch waits for records. A stop and a rebalance wait for it. */
  fetchWait: number;
};

export const TIMING: Timing = { session: 10_000, heartbeat: 500, fetchWait: 250 };
