/** Milliseconds. */
export type Backoff = { first: number; longest: number };

const MOST_DOUBLINGS = 10;

/** Milliseconds to wait after so many failures before this one: doubled with each, and a random half of it off, so that not all come back at once. */
export function pauseAfter(failures: number, { first, longest }: Backoff): number {
  const most = Math.min(longest, first * 2 ** Math.min(failures, MOST_DOUBLINGS));
  return most * (0.5 + Math.random() / 2);
}
