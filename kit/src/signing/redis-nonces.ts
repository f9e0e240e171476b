import { isUnavailable } from '../postgres/unavailable.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { createMemoryNonces, type NonceStore } from './nonces.ts';

export type RedisNoncesOptions = { redis: Pick<RedisConnection, 'run'>; namespace: string };

/**
 * Nonces of all instances of a service. While Redis is away each remembers its own: a call could then be replayed against
 * another instance, within its window, by somebody who reads our traffic; refusing every mutation would be the worse outage.
 */
export function createRedisNonces({ redis, namespace }: RedisNoncesOptions): NonceStore {
  const own = createMemoryNonces();
  return {
    async claim(nonce, ttlMs) {
      if (!(await own.claim(nonce, ttlMs))) return false;
      const key = `${namespace}:nonce:${nonce}`;
      try {
        return (await redis.run(key, (client) => client.set(key, '', 'PX', Math.ceil(ttlMs), 'NX'))) === 'OK';
      } catch (error) {
        if (isUnavailable(error)) return true;
        throw error;
      }
    },
  };
}
