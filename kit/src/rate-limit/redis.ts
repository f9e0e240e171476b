import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { limitBy } from './limit.ts';
import type { RateLimiter, RateLimitOptions } from './port.ts';

export type RedisRateLimiterOptions = RateLimitOptions & {
  redis: RedisConnection;
  namespace: string;
  /** Limiters of one name count together. */
  name: string;
};

/** Counts in Redis for all processes, and in this process while Redis is away. Keys are hashed: they may be addresses. */
export function createRedisRateLimiter(options: RedisRateLimiterOptions): RateLimiter {
  const { redis, namespace, name, attempts, windowMs } = options;
  const limits = { points: attempts, duration: Math.ceil(windowMs / 1000) };
  const limiter = limitBy(
    new RateLimiterRedis({
      ...limits,
      storeClient: clientFor(redis),
      keyPrefix: `${namespace}:limit:${name}`,
      insuranceLimiter: new RateLimiterMemory({ ...limits, keyPrefix: name }),
    }),
  );
  return {
    consume: (key) => limiter.consume(digest(key)),
    forgive: (key) => limiter.forgive(digest(key)),
  };
}

/** As much of a client as the library asks for; its one script takes the key first. */
function clientFor(redis: RedisConnection) {
  const scripts = new Map<string, ReturnType<RedisConnection['defineScript']>>();
  return {
    defineCommand(name: string, { lua }: { lua: string }) {
      scripts.set(name, redis.defineScript(lua));
    },
    rlflxIncr([key = '', ...args]: string[]) {
      const script = scripts.get('rlflxIncr');
      if (script === undefined) throw new Error('rate-limiter-flexible did not define its script');
      return script([key], args);
    },
    del: (key: string) => redis.run(key, (client) => client.del(key)),
  };
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}
