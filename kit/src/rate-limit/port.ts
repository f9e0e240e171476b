/**
 * At most so many attempts per key in a window that opens with the first of them.
 *
 * Promises of every adapter (tests/conformance/rate-limit.conformance.ts):
 * - Attempts are counted exactly, also when many come at once; keys and limiters of other names do not touch each other.
 * - A refused attempt does not prolong the window.
 * - If a server that counts is away, this process counts for itself: the limit is looser then, never gone.
 */
export type RateLimiter = {
  /** Counts an attempt. Throws StarlingError RATE_LIMITED with `retryAfterMs` once there were too many. */
  consume(key: string): Promise<void>;
  /** Forgets the attempts of a key. */
  forgive(key: string): Promise<void>;
};

export type RateLimitOptions = {
  attempts: number;
  /** Milliseconds; servers count in whole seconds and round up. */
  windowMs: number;
};
