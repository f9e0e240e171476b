import { StarlingError } from '../errors.ts';
import type { HeldNode, NodeLease } from './node-lease.ts';
import type { IdLayout, Minter } from './port.ts';

export type MinterOptions = {
  lease: NodeLease;
  layout: IdLayout;
  /** Epoch milliseconds. */
  now?: () => number;
};

/** How far the minter's millisecond may be ahead of the clock, because the clock went back or a millisecond was used up. */
const MAX_AHEAD_MS = 50;

/**
 * Ids rise with every call. A clock that goes back a little, and a millisecond whose sequence is used up, are bridged by going
 * on in the last or next millisecond; further than 50 ms ahead of its clock the minter refuses with UNAVAILABLE.
 */
export function createMinter({ lease, layout, now = Date.now }: MinterOptions): Minter {
  let lastMs = 0;
  let nextSequence = 0;

  /** The millisecond of the next id; nothing has changed if it throws. */
  function chooseMs({ aboveMs, untilMs }: HeldNode): number {
    const clock = now();
    const isUsedUp = nextSequence >= layout.perMillisecond;
    const atMs = Math.max(clock, aboveMs + 1, isUsedUp ? lastMs + 1 : lastMs);
    if (atMs - clock > MAX_AHEAD_MS)
      throw new StarlingError('UNAVAILABLE', 'The clock has gone back too far to mint ids');
    if (atMs > untilMs) throw new StarlingError('UNAVAILABLE', 'The clock is ahead of the lease of the node number');
    return atMs;
  }

  return {
    mint({ marked = false } = {}) {
      const held = lease.current();
      if (held === null) throw new StarlingError('UNAVAILABLE', 'The lease of the node number has run out');
      const atMs = chooseMs(held);
      if (atMs > lastMs) nextSequence = 0;
      lastMs = atMs;
      const sequence = nextSequence;
      nextSequence += 1;
      return layout.compose({ atMs, node: held.node, sequence, marked });
    },
    close: () => lease.release(lastMs),
  };
}
