import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { StarlingError } from '../errors.ts';
import type { RateLimiter } from './port.ts';

/** The port on a limiter of rate-limiter-flexible. */
export function limitBy(limiter: Pick<RateLimiterAbstract, 'consume' | 'delete'>): RateLimiter {
  return {
    async consume(key) {
      try {
        await limiter.consume(key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new StarlingError('RATE_LIMITED', 'Too many attempts, try again later', {
          retryAfterMs: refusal.msBeforeNext,
        });
      }
    },
    async forgive(key) {
      await limiter.delete(key);
    },
  };
}
