export type RetryBudget = {
  allows(): boolean;
  succeeded(): void;
  failed(): void;
};

const MAX_TOKENS = 100;
const EARNED = 0.1;

/**
 * Keeps retries from multiplying the load on who is down already: a failure costs one token, ten successes earn one, and
 * nothing is repeated while no more than half of them are left (as gRPC's retry throttling does).
 */
export function createRetryBudget(): RetryBudget {
  let tokens = MAX_TOKENS;
  return {
    allows: () => tokens > MAX_TOKENS / 2,
    succeeded: () => void (tokens = Math.min(MAX_TOKENS, tokens + EARNED)),
    failed: () => void (tokens = Math.max(0, tokens - 1)),
  };
}
