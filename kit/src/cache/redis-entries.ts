import { randomBytes } from 'node:crypto';
import { createBuckets, groupForScripts, type Bucket } from '../redis/redis-buckets.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { END_GENERATIONS_LUA, GENERATION_LUA } from './redis-generation.ts';

/**
 * What the cache has in Redis: under a key either a value, or a lease of whoever loads it now. Only who still holds the
 * lease may fill it in; a deletion takes the lease away, hence a load that began before it leaves nothing behind, in whatever
 * process it runs. Each call is one round trip, with one script per bucket on Redis Cluster and one in all else.
 * Every function throws StarlingError UNAVAILABLE if Redis is away.
 */
export type RedisEntries = {
  bucketOf(key: string): Bucket;
  /** A value; or `lease` to who is to load and fill it; or whose lease it is, while another does. */
  read(keys: readonly string[], token: string): Promise<Map<string, Entry>>;
  /** For a lease of this token; a TTL of 0 only gives it back. */
  fill(values: ReadonlyMap<string, Buffer>, token: string, ttlMs: number): Promise<void>;
  /** Gives leases back. */
  release(keys: readonly string[], token: string): Promise<void>;
  delete(keys: readonly string[], options?: { pastGate?: boolean }): Promise<void>;
  clear(): Promise<void>;
  /** Past the gate: ends what lies in buckets that are back, unless its generation began less than so many seconds ago. */
  endOlder(seconds: number, isBack: (key: string) => boolean): Promise<void>;
};

export type Entry = { value: Buffer } | 'lease' | { holder: string };

/** On Redis Cluster; a single server needs but one. */
const BUCKETS = 64;
const KEYS_A_CALL = 500;

/**
 * KEYS: generation, keys. ARGV: token, lease in ms. A value as text; 1 for a lease; for another's lease a table of its token. First a write that changes
 * nothing: a server that takes none, with a full disk, takes no deletions either, and is not to be believed.
 */
const READ = `${GENERATION_LUA}
redis.call('PEXPIRE', KEYS[1], 1, 'GT')
local now = generation(KEYS[1], ARGV[1])
local answers = {}
for i, held in ipairs(redis.call('MGET', unpack(KEYS, 2))) do
  local kind = held and string.sub(held, 1, 1 + #now)
  if kind == 'V' .. now then
    answers[i] = string.sub(held, 2 + #now)
  elseif kind == 'L' .. now then
    answers[i] = {string.sub(held, 2 + #now)}
  else
    redis.call('SET', KEYS[1 + i], 'L' .. now .. ARGV[1], 'PX', ARGV[2])
    answers[i] = 1
  end
end
return answers
`;

/** KEYS: generation, keys. ARGV: token, TTL in ms, values; fewer values than keys give leases back. */
const FILL = `${GENERATION_LUA}
local now = current(KEYS[1])
if not now then return end
local lease = 'L' .. now .. ARGV[1]
for i = 2, #KEYS do
  if redis.call('GET', KEYS[i]) == lease then
    local value = ARGV[1 + i]
    if value and tonumber(ARGV[2]) > 0 then
      redis.call('SET', KEYS[i], 'V' .. now .. value, 'PX', ARGV[2])
    else
      redis.call('DEL', KEYS[i])
    end
  end
end
`;

const DELETE = `redis.call('DEL', unpack(KEYS))`;

export function newToken(): string {
  return randomBytes(9).toString('base64url');
}

type EntriesOptions = {
  redis: RedisConnection;
  namespace: string;
  /** A load that takes longer is not kept. */
  leaseMs: number;
};
type Group = { bucket: Bucket; items: string[] };

export function createRedisEntries({ redis, namespace, leaseMs }: EntriesOptions): RedisEntries {
  const scripts = {
    read: redis.defineScript(READ),
    fill: redis.defineScript(FILL),
    delete: redis.defineScript(DELETE),
    end: redis.defineScript(END_GENERATIONS_LUA),
  };
  const buckets = createBuckets(`${namespace}:c`, redis.isCluster ? BUCKETS : 1);
  const group = (keys: Iterable<string>) =>
    groupForScripts(keys, { bucketOf: buckets.of, isCluster: true, max: KEYS_A_CALL });

  return {
    bucketOf: buckets.of,
    async read(keys, token) {
      const groups = group(keys);
      const replies = await Promise.all(groups.map((one) => scripts.read(namesIn(one), [token, leaseMs])));
      const entries = new Map<string, Entry>();
      for (const [place, { items }] of groups.entries()) {
        const answers = replies[place] as Answer[];
        for (const [index, key] of items.entries()) entries.set(key, entryOf(answers[index]));
      }
      return entries;
    },
    async fill(values, token, ttlMs) {
      const send = (one: Group) =>
        scripts.fill(namesIn(one), [token, Math.ceil(ttlMs), ...one.items.map((key) => values.get(key) ?? '')]);
      await Promise.all(group(values.keys()).map(send));
    },
    async release(keys, token) {
      await Promise.all(group(keys).map((one) => scripts.fill(namesIn(one), [token, 0])));
    },
    async delete(keys, options) {
      const send = (one: Group) => scripts.delete(namesIn(one).slice(1), [], options);
      await Promise.all(group(keys).map(send));
    },
    async clear() {
      await Promise.all(buckets.all.map((bucket) => scripts.end([generationOf(bucket)], [0])));
    },
    async endOlder(seconds, isBack) {
      const back = buckets.all.map(generationOf).filter(isBack);
      await Promise.all(back.map((key) => scripts.end([key], [seconds], { pastGate: true })));
    },
  };
}

function namesIn({ bucket, items }: Group): string[] {
  return [generationOf(bucket), ...items.map((key) => `${bucket}:entry:${key}`)];
}

function generationOf(bucket: Bucket): string {
  return `${bucket}:generation`;
}

type Answer = Buffer | 1 | [Buffer];

function entryOf(answer: Answer | undefined): Entry {
  if (answer === undefined) throw new Error('Redis has answered for too few keys');
  if (answer === 1) return 'lease';
  return Array.isArray(answer) ? { holder: answer[0].toString() } : { value: answer };
}
