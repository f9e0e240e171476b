import { createEmbeddedRateLimiter } from '@starling/kit/rate-limit/embedded.ts';
import type { RateLimiter, RateLimitOptions } from '@starling/kit/rate-limit/port.ts';
import { createRedisRateLimiter } from '@starling/kit/rate-limit/redis.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRedis } from '../support/redis.ts';

type Subject = {
  limiter: RateLimiter;
  /** The same in another process. */
  other: RateLimiter;
  /** One of another name. */
  another: RateLimiter;
};
type Adapter = {
  name: string;
  open(): Promise<{ subject(options: RateLimitOptions): Subject; close(): Promise<void> }>;
};

const ADAPTERS: Adapter[] = [
  {
    name: 'embedded',
    open: async () => ({
      subject(options) {
        const limiter = createEmbeddedRateLimiter(options);
        return { limiter, other: limiter, another: createEmbeddedRateLimiter(options) };
      },
      close: async () => {},
    }),
  },
  ...(await findRedis()).map(({ name, open }) => ({
    name,
    async open() {
      const redis = await open();
      const subject = (options: RateLimitOptions): Subject => {
        const namespace = redis.newNamespace();
        const named = (of: string) =>
          createRedisRateLimiter({ redis: redis.connection, namespace, name: of, ...options });
        return { limiter: named('a'), other: named('a'), another: named('b') };
      };
      return { subject, close: redis.close };
    },
  })),
];

describe.each(ADAPTERS)('rate limit: $name', ({ open }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());

  const limits = { attempts: 3, windowMs: 60_000 };
  const limited = { code: 'RATE_LIMITED' };

  test('lets so many through, in all processes together, and says when to come again', async () => {
    const { limiter, other } = adapter.subject(limits);
    for (const one of [limiter, other, limiter]) await one.consume('ann@example.com');
    for (const one of [limiter, other]) {
      const refusal = await one.consume('ann@example.com').catch((error: unknown) => error);
      expect(refusal).toMatchObject(limited);
      const { retryAfterMs } = (refusal as { details: { retryAfterMs: number } }).details;
      expect(retryAfterMs > 0 && retryAfterMs <= limits.windowMs).toBe(true);
    }
  });

  test('keys and names do not touch each other', async () => {
    const { limiter, another } = adapter.subject(limits);
    for (let attempt = 0; attempt < 3; attempt += 1) await limiter.consume('ann');
    await limiter.consume('bob');
    await another.consume('ann');
    await expect(limiter.consume('ann')).rejects.toMatchObject(limited);
  });

  test('counts exactly when many come at once', async () => {
    const { limiter, other } = adapter.subject(limits);
    const tries = Array.from({ length: 20 }, (_, number) => (number % 2 ? limiter : other).consume('ann'));
    const passed = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled');
    expect(passed).toHaveLength(3);
  });

  test('forgives', async () => {
    const { limiter, other } = adapter.subject(limits);
    for (let attempt = 0; attempt < 3; attempt += 1) await limiter.consume('ann');
    await other.forgive('ann');
    await limiter.consume('ann');
  });

  test('opens again after its window, which refusals do not prolong', async () => {
    const { limiter } = adapter.subject({ attempts: 1, windowMs: 1_000 });
    await limiter.consume('ann');
    const opened = Date.now();
    let again: number | null = null;
    while (again === null) {
      again = await limiter.consume('ann').then(
        () => Date.now(),
        () => new Promise<null>((resolve) => setTimeout(() => resolve(null), 50)),
      );
    }
    expect(again - opened).toBeGreaterThan(500);
    expect(again - opened).toBeLessThan(5_000);
  });
});
