import { setTimeout as delay } from 'node:timers/promises';
import { deserialize } from 'node:v8';
import type { Logger } from '../logger.ts';
import { isUnavailable } from '../postgres/unavailable.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { createBound } from '../resilience/bound.ts';
import type { Cache } from './port.ts';
import { createRedisEntries, newToken } from './redis-entries.ts';
import {
  copyInto,
  joinLeased,
  loadLeased,
  loadUnkept,
  type Loaded,
  type LoadDeps,
  type LoadMissing,
} from './redis-loads.ts';
import { createUndelivered, type Undelivered } from './redis-undelivered.ts';
import { BEFORE_ALL, createRunningLoads } from './running-loads.ts';

export type RedisCacheOptions = {
  redis: RedisConnection;
  namespace: string;
  logger: Pick<Logger, 'warn'>;
  /** Loads at a time, at most, while Redis is away. Default 64; 16 times as many wait, the rest get UNAVAILABLE. */
  loadsWithoutRedis?: number;
};

export type RedisCache = Cache & {
  /** Keys asked for since the start. What another call or process loads just now is a miss. */
  stats(): { hits: number; misses: number };
};

type Deps = LoadDeps & { undelivered: Undelivered; count: { hits: number; asked: number } };

const LEASE_MS = 10_000;
/** How long one waits for another's load, asking again after so many milliseconds, before one loads for oneself. */
const WAITS_MS = [4, 8, 16, 32, 64, 128, 256];
/** After an outage of this length what was kept through it is ended. What began meanwhile began when another process had done so. */
const OUTAGE_MS = 2_000;

/**
 * A cache in Redis, for all processes of a namespace. Values are copied, as structured clones are; Redis bounds the memory by
 * TTL and by its `maxmemory` and policy.
 *
 * While Redis is away everybody goes to the store, with a bound on how many at a time, and nobody waits for Redis. Then
 * `delete` resolves all the same, for the change it follows has happened: failing would tell people that it has not. The
 * deletion is kept here and tried until Redis has it; until then this process does not believe Redis about that key. Others
 * are guarded by ending what lived through an outage: a Redis that was restarted or replaced is not believed about anything
 * it had before, and one that was away for long is emptied before anybody uses it again. There remains: a process that alone
 * cannot reach Redis, or dies in the middle of an outage with deletions undelivered, leaves the old values to the other
 * processes until it is back, and at most for their TTL; and without Redis a call may join a load of its own process that read the
 * store a moment before somebody elsewhere changed it.
 */
export function createRedisCache(options: RedisCacheOptions): RedisCache {
  const { redis, namespace, logger, loadsWithoutRedis = 64 } = options;
  const entries = createRedisEntries({ redis, namespace, leaseMs: LEASE_MS });
  const undelivered = createUndelivered(entries, redis.closing);
  redis.onReturn(async ({ awayMs, isBack }) => {
    await undelivered.deliver(isBack);
    if (awayMs > OUTAGE_MS) await entries.endOlder(awayMs / 1_000, isBack);
  });
  const deps: Deps = {
    entries,
    undelivered,
    bounded: createBound({
      atATime: loadsWithoutRedis,
      waiting: 16 * loadsWithoutRedis,
      refusal: 'Too much is asked while the cache is away',
    }),
    leased: createRunningLoads(),
    unkept: createRunningLoads(),
    count: { hits: 0, asked: 0 },
    logger,
  };

  return {
    async getOrLoad<Value>(key: string, load: () => Promise<Value>, { ttlMs }: { ttlMs: number }) {
      const found = await fetchMany<Value>(deps, [key], async () => new Map([[key, await load()]]), ttlMs);
      return found.get(key) as Value;
    },
    getOrLoadMany: (keys, load, { ttlMs }) => fetchMany(deps, [...new Set(keys)], load, ttlMs),
    async delete(keys) {
      if (keys.length > 0) await undelivered.delete([...new Set(keys)]);
      // Those who asked in between may have read the store before.
      for (const key of keys) deps.unkept.strike(key);
    },
    async clear() {
      await undelivered.clear();
      deps.unkept.strikeAll();
    },
    stats: () => ({ hits: deps.count.hits, misses: deps.count.asked - deps.count.hits }),
  };
}

/**
 * From Redis what it has, from `load` the rest; every key is there, in the order of `keys`. A load of another call here is joined
 * only where Redis says, to this very call, that it still has its lease: so no deletion that has resolved, in whatever process,
 * lies between what that load has read and this call. A load without a lease is joined if it began after this call; an
 * earlier one only while Redis says nothing.
 */
async function fetchMany<Value>(
  deps: Deps,
  keys: readonly string[],
  load: LoadMissing<Value>,
  ttlMs: number,
): Promise<Loaded<Value>> {
  const { undelivered, count } = deps;
  const token = newToken();
  const since = deps.unkept.now();
  const values: Loaded<Value> = new Map();
  count.asked += keys.length;
  let asked = keys.filter((key) => !undelivered.has(key));
  for (const waitMs of [0, ...WAITS_MS]) {
    if (asked.length === 0) break;
    if (waitMs > 0) await delay(waitMs * (0.5 + Math.random()));
    const { found, leased, waiting } = await ask<Value>(deps, asked, token);
    if (waitMs === 0) count.hits += found.size;
    copyInto(values, found);
    const [loaded, joined] = await Promise.all([
      loadLeased(deps, leased, { token, load, ttlMs }),
      joinLeased<Value>(deps, waiting),
    ]);
    copyInto(values, loaded);
    copyInto(values, joined);
    asked = [...waiting.keys()].filter((key) => !values.has(key));
  }
  const waitedFor = new Set(asked);
  const unkept = keys.filter((key) => !values.has(key));
  const joinable = new Map(unkept.map((key) => [key, waitedFor.has(key) ? since : BEFORE_ALL]));
  if (unkept.length > 0) copyInto(values, await loadUnkept(deps, joinable, load));
  return new Map(keys.map((key) => [key, values.get(key) ?? null]));
}

/** What Redis says; nothing at all if it is away. */
async function ask<Value>({ entries, logger }: Deps, keys: readonly string[], token: string) {
  const answer = {
    found: new Map<string, Value | null>(),
    leased: [] as string[],
    /** With the token of who loads it. */
    waiting: new Map<string, string>(),
  };
  try {
    for (const [key, entry] of await entries.read(keys, token)) {
      if (entry === 'lease') answer.leased.push(key);
      else if ('holder' in entry) answer.waiting.set(key, entry.holder);
      else answer.found.set(key, deserialize(entry.value) as Value | null);
    }
  } catch (error) {
    // Also what another version of the runtime has written and this one cannot read: the store knows better.
    if (!isUnavailable(error)) logger.warn({ error }, 'The cache cannot be read; the store answers');
  }
  return answer;
}
