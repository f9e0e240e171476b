import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Id } from '@starling/domain/ids.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { median } from '../paths/rounds.ts';
import type { OwnRedis } from './own-redis.ts';

const run = promisify(execFile);

/** RPUSH at random to lists that are as timelines are, in length, name and expiry, by the tool that Redis brings along. */
export type RpushBaseline = {
  /** Cuts the lists back, as timelines are. */
  trim(): Promise<void>;
  /** In the shape that was the fastest; pushes a second. */
  push(pushes: number): Promise<number>;
};

/** What lists begin with. */
type Filling = { ids: readonly Id[]; expiryMs: number };
type Shape = { clients: number; pipeline: number };

const CLIENTS = [1, 8, 50];
/** Where the tool fails with fewer clients than servers. */
const CLIENTS_OF_CLUSTER = [8, 50];
const PIPELINES = [16, 64];
/** As often is each shape tried, for the median: the best of single tries would be that of the luckiest moment. */
const TRIES = 3;
const PUSHES_A_TRY = 200_000;
/** As long as a timeline's, with a number of twelve digits in it that the tool chooses. */
const KEY = '{bench:t123}home:1234567__rand_int__';

export async function openRpushBaseline(
  { connection, node, password }: OwnRedis,
  { lists, filling, tell }: { lists: number; filling: Filling; tell(text: string): void },
): Promise<RpushBaseline> {
  const [host = '', port = ''] = node.split(':');
  const { ids } = filling;
  const [value = ''] = ids;
  const access = ['-h', host, '-p', port, '-a', password, '--csv'];
  // On a cluster the tool chooses slots by itself, and one list in each is more than enough.
  const where = connection.isCluster
    ? { flags: ['--cluster'], key: 'key:{tag}', pattern: 'key:{*}' }
    : { flags: ['-r', String(lists)], key: KEY, pattern: KEY.replace('__rand_int__', '*') };
  const pushIn = async ({ clients, pipeline }: Shape, pushes: number): Promise<number> => {
    const shape = ['-c', String(clients), '-P', String(pipeline), '-n', String(pushes)];
    const { stdout } = await run('redis-benchmark', [...access, ...where.flags, ...shape, 'RPUSH', where.key, value]);
    return rateIn(stdout);
  };
  if (connection.isCluster) await pushIn({ clients: 50, pipeline: 1 }, 2 * SLOTS);
  else await fill(connection, keysOf(lists), filling);
  const keys = await keysLike(connection, where.pattern);
  if (connection.isCluster) await fill(connection, keys, filling);
  const trim = () => inBatches(keys, (key) => connection.run(key, (client) => client.ltrim(key, -ids.length, -1)));
  const fastest = await fastestOf(shapesFor(connection), async (shape) => {
    await trim();
    return pushIn(shape, PUSHES_A_TRY);
  });
  tell(`redis-benchmark is the fastest with -c ${fastest.clients} -P ${fastest.pipeline}`);
  return { trim, push: (pushes) => pushIn(fastest, pushes) };
}

function shapesFor({ isCluster }: RedisConnection): Shape[] {
  const clients = isCluster ? CLIENTS_OF_CLUSTER : CLIENTS;
  return clients.flatMap((count) => PIPELINES.map((pipeline) => ({ clients: count, pipeline })));
}

/** By the median of its tries, which are made in turns. */
async function fastestOf(shapes: readonly Shape[], rateOf: (shape: Shape) => Promise<number>): Promise<Shape> {
  const tried = shapes.map((shape) => ({ shape, rates: [] as number[] }));
  for (let turn = 0; turn < TRIES; turn += 1) for (const { shape, rates } of tried) rates.push(await rateOf(shape));
  const [first] = tried.toSorted((one, other) => median(other.rates) - median(one.rates));
  if (first === undefined) throw new Error('There is no shape to try');
  return first.shape;
}

/** Of the lists that the tool pushes to. */
function keysOf(lists: number): string[] {
  return Array.from({ length: lists }, (_, index) => KEY.replace('__rand_int__', String(index).padStart(12, '0')));
}

const SLOTS = 16_384;

async function fill(connection: RedisConnection, keys: readonly string[], { ids, expiryMs }: Filling): Promise<void> {
  await inBatches(keys, (key) =>
    connection.run(key, async (client) => {
      await client.rpush(key, ...ids);
      await client.pexpire(key, expiryMs);
    }),
  );
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
