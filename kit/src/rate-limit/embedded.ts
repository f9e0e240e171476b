import { RateLimiterMemory } from 'rate-limiter-flexible';
import { limitBy } from './limit.ts';
import type { RateLimiter, RateLimitOptions } from './port.ts';

/** Counts in this process. */
export function createEmbeddedRateLimiter({ attempts, windowMs }: RateLimitOptions): RateLimiter {
  return limitBy(new RateLimiterMemory({ points: attempts, duration: windowMs / 1000 }));
}
