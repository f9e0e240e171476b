import { StarlingError } from '../errors.ts';
import type { RateLimiter } from '../rate-limit/port.ts';
import { rateLimited } from './metrics.ts';

/** The same limit, with what it refuses counted under its name. */
export function observedLimiter(limiter: string, inner: RateLimiter): RateLimiter {
  return {
    ...inner,
    async consume(key) {
      try {
        await inner.consume(key);
      } catch (error) {
        if (error instanceof StarlingError && error.code === 'RATE_LIMITED') rateLimited.inc({ limiter });
        throw error;
      }
    },
  };
}
