import { StarlingError } from '@starling/kit/errors.ts';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export type Throttle = {
  /** Counts an attempt of each key. Throws StarlingError RATE_LIMITED with `retryAfterMs` once there were too many. */
  attempt(key: string): Promise<void>;
  /** Forgets the attempts of a key. */
  forgive(key: string): Promise<void>;
};

/** At most `attempts` per key in a window that opens with the first of them. Counts in this process. */
export function createThrottle({ attempts, windowMs }: { attempts: number; windowMs: number }): Throttle {
  const limiter = new RateLimiterMemory({ points: attempts, duration: windowMs / 1000 });
  return {
    async attempt(key) {
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
