import type { Lsn } from './lsn.ts';

/** How old a replica is, from when its primary was where the replica is now: it needs no clock but ours. */
export type LagMeter = {
  /** Both were asked at `atMs`, and answered so. */
  note(atMs: number, places: { primary: Lsn; replica: Lsn }): void;
  /** Forgets where the replica is. */
  reset(): void;
  /** Milliseconds, at most; null if it is not known. */
  lagMs(): number | null;
  /** Whether the replica is known to have come to a position. */
  hasReached(position: Lsn): boolean;
};

/** What was learnt longer ago is no knowledge. */
const STALE_MS = 1_000;
/** Some minutes of lag; beyond, its beginning is enough. */
const MAX_SAMPLES = 2_000;

type Sample = { position: Lsn; atMs: number };

export function createLagMeter(now: () => number): LagMeter {
  /** Of the primary, oldest first; of those that the replica has passed, the last one alone. */
  const samples: Sample[] = [];
  let replica: Sample | null = null;

  return {
    note(atMs, places) {
      samples.push({ position: places.primary, atMs });
      const passed = samples.findLastIndex(({ position }) => position <= places.replica);
      if (passed > 0) samples.splice(0, passed);
      if (samples.length > MAX_SAMPLES) samples.splice(1, samples.length - MAX_SAMPLES);
      replica = { position: places.replica, atMs };
    },
    reset() {
      replica = null;
    },
    lagMs() {
      const [seen] = samples;
      if (replica === null || seen === undefined || now() - replica.atMs > STALE_MS) return null;
      return seen.position <= replica.position ? now() - seen.atMs : null;
    },
    hasReached: (position) => replica !== null && replica.position >= position,
  };
}
