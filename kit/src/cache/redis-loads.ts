import { serialize } from 'node:v8';
import type { Logger } from '../logger.ts';
import type { RedisEntries } from './redis-entries.ts';
import type { Moment, RunningLoads } from './running-loads.ts';

export type LoadMissing<Value> = (missing: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
export type Loaded<Value> = Map<string, Value | null>;

export type LoadDeps = {
  entries: RedisEntries;
  /** Runs a load that Redis does not bound. */
  bounded<Value>(load: () => Promise<Value>): Promise<Value>;
  /** Loads that run in this process under a lease of Redis, and those without one. */
  leased: RunningLoads;
  unkept: RunningLoads;
  logger: Pick<Logger, 'warn'>;
};

/** What a call has leases for, and how it fills them. */
type Leased<Value> = { token: string; load: LoadMissing<Value>; ttlMs: number };

/** Others of this process find the load under the token of its lease, until it is kept. */
export async function loadLeased<Value>(
  deps: LoadDeps,
  keys: readonly string[],
  lease: Leased<Value>,
): Promise<Loaded<Value>> {
  if (keys.length === 0) return new Map();
  const batch = loadAndKeep(deps, keys, lease);
  const valueOf = async (key: string) => (await batch).get(key) ?? null;
  await Promise.all(keys.map((key) => deps.leased.run(leaseOf(key, lease.token), valueOf(key), () => {})));
  return batch;
}

/** The loads of this process that have the leases of these keys, by their tokens. */
export async function joinLeased<Value>(
  { leased }: Pick<LoadDeps, 'leased'>,
  waiting: ReadonlyMap<string, string>,
): Promise<Loaded<Value>> {
  const running = [...waiting].flatMap(([key, holder]) => {
    const load = leased.find(leaseOf(key, holder)) as Promise<Value | null> | undefined;
    return load ? [load.then((value) => [key, value] as const)] : [];
  });
  return new Map(await Promise.all(running));
}

function leaseOf(key: string, token: string): string {
  return `${token} ${key}`;
}

async function loadAndKeep<Value>(
  { entries, logger }: LoadDeps,
  keys: readonly string[],
  { token, load, ttlMs }: Leased<Value>,
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

/** For each key since when a load that runs here already may have begun, if it is to be joined. */
export type Joinable = ReadonlyMap<string, Moment>;

/** Without Redis, or past a load elsewhere that takes long: nothing is kept. */
export async function loadUnkept<Value>(
  { unkept, bounded }: Pick<LoadDeps, 'unkept' | 'bounded'>,
  joinable: Joinable,
  load: LoadMissing<Value>,
): Promise<Loaded<Value>> {
  const running = new Map<string, Promise<Value | null>>();
  for (const [key, since] of joinable) {
    const found = unkept.find(key, since) as Promise<Value | null> | undefined;
    if (found) running.set(key, found);
  }
  const missing = [...joinable.keys()].filter((key) => !running.has(key));
  const batch = missing.length > 0 ? bounded(() => load(missing)) : null;
  const valueOf = async (key: string) => (await batch)?.get(key) ?? null;
  for (const key of missing)
    running.set(
      key,
      unkept.run(key, valueOf(key), () => {}),
    );
  return new Map(await Promise.all([...running].map(async ([key, value]) => [key, await value] as const)));
}

function nullsFilled<Value>(keys: readonly string[], loaded: ReadonlyMap<string, Value>): Loaded<Value> {
  return new Map(keys.map((key) => [key, loaded.get(key) ?? null]));
}

export function copyInto<Value>(values: Loaded<Value>, more: Loaded<Value>): void {
  for (const [key, value] of more) values.set(key, value);
}
