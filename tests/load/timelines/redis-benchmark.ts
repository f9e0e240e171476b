import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Id } from '@starling/domain/ids.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import type { OwnRedis } from './own-redis.ts';

/** RPUSH at random to lists that are as long as timelines, by the tool that Redis brings along. */
export type RpushBaseline = {
  /** Cuts the lists back, as timelines are. */
  trim(): Promise<void>;
  /** Of all shapes that are tried, the fastest; pushes a second. */
  fastest(pushes: number): Promise<number>;
};

const CLIENTS = [1, 8, 50];
/** Where the tool fails with fewer clients than servers. */
const CLIENTS_OF_CLUSTER = [8, 50];
const PIPELINES = [16, 64];

export async function openRpushBaseline(
  { connection, node, password }: OwnRedis,
  { lists, ids }: { lists: number; ids: readonly Id[] },
): Promise<RpushBaseline> {
  const [host = '', port = ''] = node.split(':');
  const [value = ''] = ids;
  const access = ['-h', host, '-p', port, '-a', password, '--csv'];
  // On a cluster the tool chooses slots by itself, and one list in each is more than enough.
  const where = connection.isCluster
    ? { flags: ['--cluster'], key: 'key:{tag}', pattern: 'key:{*}' }
    : { flags: ['-r', String(lists)], key: 'key:__rand_int__', pattern: 'key:*' };
  const push = async (pushes: number, shape: readonly string[]): Promise<number> => {
    const flags = [...access, ...where.flags, ...shape, '-n', String(pushes)];
    const { stdout } = await promisify(execFile)('redis-benchmark', [...flags, 'RPUSH', where.key, value]);
    return rateIn(stdout);
  };
  if (connection.isCluster) await push(2 * SLOTS, ['-c', '50', '-P', '1']);
  else
    await fill(
      connection,
      Array.from({ length: lists }, (_, index) => `key:${String(index).padStart(12, '0')}`),
      ids,
    );
  const keys = await keysLike(connection, where.pattern);
  if (connection.isCluster) await fill(connection, keys, ids);
  return {
    trim: () => inBatches(keys, (key) => connection.run(key, (client) => client.ltrim(key, -ids.length, -1))),
    async fastest(pushes) {
      const rates: number[] = [];
      for (const clients of connection.isCluster ? CLIENTS_OF_CLUSTER : CLIENTS)
        for (const pipeline of PIPELINES)
          rates.push(await push(pushes, ['-c', String(clients), '-P', String(pipeline)]));
      return Math.max(...rates);
    },
  };
}

const SLOTS = 16_384;

async function fill(connection: RedisConnection, keys: readonly string[], ids: readonly Id[]): Promise<void> {
  await inBatches(keys, (key) => connection.run(key, (client) => client.rpush(key, ...ids)));
}

const KEYS_A_BATCH = 200;

async function inBatches(keys: readonly string[], work: (key: string) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < keys.length; start += KEYS_A_BATCH)
    await Promise.all(keys.slice(start, start + KEYS_A_BATCH).map(work));
}

async function keysLike(connection: RedisConnection, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for (const master of connection.masters())
    for await (const some of master.scanStream({ match: pattern, count: 1_000 }) as AsyncIterable<string[]>)
      keys.push(...some);
  return [...new Set(keys)];
}

/** Requests a second, as its last line of CSV has it. */
function rateIn(csv: string): number {
  const rate = Number(csv.trim().split('\n').at(-1)?.split(',')[1]?.replaceAll('"', ''));
  if (!(rate > 0)) throw new Error(`redis-benchmark told no rate: ${csv}`);
  return rate;
}
