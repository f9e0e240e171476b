/**
 * Fame decides how tweets reach home timelines: what a famous author puts there is not pushed to every follower, but merged
 * in when a timeline is read (the hybrid that Twitter described in 2012-13, "Timelines at Scale").
 *
 * Writers and readers must agree on which entries are pushed, although neither asks the other. So fame comes in intervals
 * that are announced before they begin and before they end, and never change afterwards: whoever has heard lately enough
 * judges an entry by its own moment, and judges as everybody else does.
 */
export type FameThresholds = {
  /** Followers from which somebody becomes famous. */
  famousFrom: number;
  /** Followers below which somebody famous ceases to be: lower, so that a follow more or less does not change the class. */
  famousBelow: number;
};

/** What the notice of a change is spent on. Whatever is left is for clocks that differ. */
export function sharesOfNotice(noticeMs: number): {
  /** Milliseconds for which whoever judges entries may use what was heard. */
  freshForMs: number;
  /** And for which it may be used if nobody can be asked. Beyond that others may know of a change that has begun. */
  atMostForMs: number;
  /** Within which an announcement commits, from the moment on from which its notice counts. */
  commitsWithinMs: number;
} {
  return {
    freshForMs: Math.floor(noticeMs / 2),
    atMostForMs: Math.floor((noticeMs * 5) / 8),
    commitsWithinMs: Math.floor(noticeMs / 4),
  };
}

export function isFamousNow(wasFamous: boolean, followerCount: number, thresholds: FameThresholds): boolean {
  return followerCount >= (wasFamous ? thresholds.famousBelow : thresholds.famousFrom);
}

/** Epoch milliseconds; `beginsAt` inclusive, `endsAt` exclusive, Infinity while no end is announced. */
export type FameInterval = { beginsAt: number; endsAt: number };

export function isFamousAt(intervals: readonly FameInterval[], atMs: number): boolean {
  return intervals.some(({ beginsAt, endsAt }) => beginsAt <= atMs && atMs < endsAt);
}

/** Whether somebody is famous at that moment, and no end of it is announced. */
export function isFamousWithoutEnd(intervals: readonly FameInterval[], atMs: number): boolean {
  return intervals.some(({ beginsAt, endsAt }) => beginsAt <= atMs && endsAt === Infinity);
}

/** Whether somebody is famous throughout, both moments included. */
export function isFamousFromTo(intervals: readonly FameInterval[], fromMs: number, toMs: number): boolean {
  return intervals.some(({ beginsAt, endsAt }) => beginsAt <= fromMs && toMs < endsAt);
}

/** Whether somebody is, or will be, famous at that moment or later. */
export function isFamousSince(intervals: readonly FameInterval[], atMs: number): boolean {
  return intervals.some(({ endsAt }) => endsAt > atMs);
}
