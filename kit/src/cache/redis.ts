import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { setTimeout as delay } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { StarlingError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { isUnavailable } from '../postgres/unavailable.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { Cache } from './port.ts';
import { createRedisEntries, newToken, type RedisEntries } from './redis-entries.ts';
import { createUndelivered, type Undelivered } from './redis-undelivered.ts';
import { createRunningLoads } from './running-loads.ts';

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

type LoadMissing<Value> = (missing: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
type Loaded<Value> = Map<string, Value | null>;
type Deps = {
  entries: RedisEntries;
  undelivered: Undelivered;
  /** Runs a load that Redis does not bound. */
  bounded<Value>(load: () => Promise<Value>): Promise<Value>;
  count: { hits: number; asked: number };
  logger: Pick<Logger, 'warn'>;
};

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
 * processes until it is back, and at most for their TTL.
 */
export function createRedisCache(options: RedisCacheOptions): RedisCache {
  const { redis, namespace, logger, loadsWithoutRedis = 64 } = options;
  const entries = createRedisEntries({ redis, namespace, leaseMs: LEASE_MS });
  const undelivered = createUndelivered(entries, redis.closing);
  redis.onReturn(async ({ awayMs, isBack }) => {
    await undelivered.deliver(isBack);
    if (awayMs > OUTAGE_MS) await entries.endOlder(awayMs / 1_000, isBack);
  });
  const count = { hits: 0, asked: 0 };
  const deps: Deps = { entries, undelivered, bounded: createBound(loadsWithoutRedis), count, logger };
  /** Joins calls of this process, so that each key is asked for once. */
  const loads = createRunningLoads();

  async function getOrLoadMany<Value>(keys: readonly string[], load: LoadMissing<Value>, ttlMs: number) {
    const wanted = [...new Set(keys)];
    count.asked += wanted.length;
    const missing = wanted.filter((key) => loads.find(key) === undefined);
    const batch = missing.length > 0 ? fetchMany(deps, missing, load, ttlMs) : null;
    const awaited = wanted.map((key) => {
      const running = loads.find(key) as Promise<Value | null> | undefined;
      if (running) return running;
      const value = (batch as Promise<Loaded<Value>>).then((loaded) => loaded.get(key) ?? null);
      return loads.run(key, value, () => {});
    });
    const values = await Promise.all(awaited);
    return new Map(wanted.map((key, place) => [key, values[place] as Value | null]));
  }

  return {
    async getOrLoad<Value>(key: string, load: () => Promise<Value>, { ttlMs }: { ttlMs: number }) {
      const found = await getOrLoadMany<Value>([key], async () => new Map([[key, await load()]]), ttlMs);
      return found.get(key) as Value;
    },
    getOrLoadMany: (keys, load, { ttlMs }) => getOrLoadMany(keys, load, ttlMs),
    async delete(keys) {
      for (const key of keys) loads.strike(key);
      if (keys.length > 0) await undelivered.delete([...new Set(keys)]);
      // Those who asked in between may have been told by Redis what it had before.
      for (const key of keys) loads.strike(key);
    },
    async clear() {
      loads.strikeAll();
      await undelivered.clear();
      loads.strikeAll();
    },
    stats: () => ({ hits: count.hits, misses: count.asked - count.hits }),
  };
}

/** From Redis what it has, from `load` the rest; every key is there. */
async function fetchMany<Value>(
  deps: Deps,
  keys: readonly string[],
  load: LoadMissing<Value>,
  ttlMs: number,
): Promise<Loaded<Value>> {
  const { undelivered, count } = deps;
  const token = newToken();
  const values: Loaded<Value> = new Map();
  let asked = keys.filter((key) => !undelivered.has(key));
  for (const waitMs of [0, ...WAITS_MS]) {
    if (asked.length === 0) break;
    if (waitMs > 0) await delay(waitMs * (0.5 + Math.random()));
    const { found, leased, waiting } = await ask<Value>(deps, asked, token);
    if (waitMs === 0) count.hits += found.size;
    copyInto(values, found);
    if (leased.length > 0) copyInto(values, await loadLeased(deps, leased, token, load, ttlMs));
    asked = waiting;
  }
  const direct = keys.filter((key) => !values.has(key));
  if (direct.length > 0) copyInto(values, nullsFilled(direct, await deps.bounded(() => load(direct))));
  return values;
}

/** What Redis says; nothing at all if it is away. */
async function ask<Value>({ entries, logger }: Deps, keys: readonly string[], token: string) {
  const answer = { found: new Map<string, Value | null>(), leased: [] as string[], waiting: [] as string[] };
  try {
    for (const [key, entry] of await entries.read(keys, token)) {
      if (entry === 'lease') answer.leased.push(key);
      else if (entry === 'wait') answer.waiting.push(key);
      else answer.found.set(key, deserialize(entry.value) as Value | null);
    }
  } catch (error) {
    // Also what another version of the runtime has written and this one cannot read: the store knows better.
    if (!isUnavailable(error)) logger.warn({ error }, 'The cache cannot be read; the store answers');
  }
  return answer;
}

async function loadLeased<Value>(
  { entries, logger }: Deps,
  keys: readonly string[],
  token: string,
  load: LoadMissing<Value>,
  ttlMs: number,
): Promise<Loaded<Value>> {
  const quietly = (sent: Promise<void>) =>
    sent.catch((error: unknown) => logger.warn({ error }, 'A value that was loaded could not be kept'));
  try {
    const values = nullsFilled(keys, await load(keys));
    await quietly(entries.fill(new Map([...values].map(([key, value]) => [key, serialize(value)])), token, ttlMs));
    return values;
  } catch (error) {
    await quietly(entries.release(keys, token));
    throw error;
  }
}

function createBound(loads: number): Deps['bounded'] {
  const bound = bulkhead(loads, 16 * loads);
  return async (load) => {
    try {
      return await bound.execute(load);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new StarlingError('UNAVAILABLE', 'Too much is asked while the cache is away', {}, { cause: error });
    }
  };
}

function nullsFilled<Value>(keys: readonly string[], loaded: ReadonlyMap<string, Value>): Loaded<Value> {
  return new Map(keys.map((key) => [key, loaded.get(key) ?? null]));
}

function copyInto<Value>(values: Loaded<Value>, more: Loaded<Value>): void {
  for (const [key, value] of more) values.set(key, value);
}
