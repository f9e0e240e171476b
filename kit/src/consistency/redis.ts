import { formatLsn, parseLsn } from '../postgres/lsn.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { PositionStore } from './port.ts';

export type RedisPositionStoreOptions = {
  redis: Pick<RedisConnection, 'run' | 'defineScript'>;
  namespace: string;
  /** How long a position is remembered after the last write. */
  ttlMs: number;
};

/** Positions are scores: as numbers they are exact up to 8 PiB of log. `GT` keeps the furthest, whichever comes last. */
const NOTE = `
for at = 2, #ARGV, 2 do redis.call('ZADD', KEYS[1], 'GT', ARGV[at + 1], ARGV[at]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
`;

export function createRedisPositionStore({ redis, namespace, ttlMs }: RedisPositionStoreOptions): PositionStore {
  const note = redis.defineScript(NOTE);
  const keyOf = (userId: string) => `${namespace}:wrote:${userId}`;
  return {
    async note(userId, wrote) {
      const scores = Object.entries(wrote).flatMap(([database, position]) => [database, scoreOf(position)]);
      await note([keyOf(userId)], [ttlMs, ...scores]);
    },
    async read(userId) {
      const key = keyOf(userId);
      const found = await redis.run(key, (client) => client.zrange(key, 0, '-1', 'WITHSCORES'));
      return Object.fromEntries(pairsOf(found).map(([database, score]) => [database, formatLsn(BigInt(score))]));
    },
  };
}

/** What cannot be read is further than all that can. */
function scoreOf(position: string): string {
  const lsn = parseLsn(position) ?? UNREADABLE;
  return String(lsn < UNREADABLE ? lsn : UNREADABLE);
}
const UNREADABLE = BigInt(Number.MAX_SAFE_INTEGER);

function pairsOf(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '0'] as [string, string]] : []));
}
