import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type TestDatabase, createTestDatabase } from '../testing/test-database.ts';
import { createAnnouncer } from './announce-commits.ts';
import { isEmpty, measureBacklog } from './backlog.ts';
import { appendToOutbox } from './append.ts';
import { createCommitSignal } from './commit-signal.ts';
import { type RelayOptions, createRelay } from './relay.ts';
import { takeRelayLease } from './relay-lease.ts';

const TABLES = `
  CREATE TABLE outbox (
    seq BIGSERIAL PRIMARY KEY, id UUID NOT NULL UNIQUE, topic TEXT NOT NULL, key TEXT NOT NULL, aggregatetype TEXT NOT NULL,
    aggregateid TEXT NOT NULL, type TEXT NOT NULL, payload JSONB NOT NULL, headers JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(), published_at TIMESTAMPTZ
  );
  CREATE TABLE journal (at BIGSERIAL PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL)`;
const NEVER_MS = 600_000;
/** Longer than a busy machine keeps a process waiting. */
const PAUSE_MS = 2_000;
/** For tests that start processes. */
const PATIENCE_MS = 60_000;

let database: TestDatabase;
let cleanups: (() => unknown)[];

beforeEach(async () => {
  database = await createTestDatabase();
  await database.pool.query(TABLES);
  cleanups = [];
});
afterEach(async () => {
  for (const cleanUp of cleanups.reverse()) await cleanUp();
  await database.drop();
});

/** A relay of this process that writes into the journal, as those of the other processes do. */
function startRelay(name: string, options: Partial<RelayOptions> = {}) {
  const log = {
    async publish(records: readonly { key: string }[]) {
      for (const { key } of records)
        await database.pool.query('INSERT INTO journal (key, name) VALUES ($1, $2)', [key, name]);
      return [];
    },
  };
  const source = { name, pool: database.pool, onCommit: () => () => {} };
  const relay = createRelay({ source, log, logger: { info() {}, warn() {} }, ...options });
  relay.start();
  cleanups.push(() => relay.stop());
  return relay;
}

async function startProcess(name: string, leaseMs: number): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../testing/relay-in-process.ts');
  const child = spawn(process.execPath, [script, database.url, name, String(leaseMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  return child;
}

const says = (child: ChildProcess) => once(child.stdout!, 'data');

async function write(key: string): Promise<void> {
  await appendToOutbox(database.pool, [
    { topic: 't', key, aggregateType: 'a', aggregateId: key, type: 'x', payload: { eventId: randomUUID() } },
  ]);
}

async function journal(): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string; name: string }>(
    'SELECT key, name FROM journal ORDER BY at',
  );
  return rows.map(({ key, name }) => `${key} by ${name}`);
}

test('a commit of another process wakes the relay', async () => {
  const errors: unknown[] = [];
  const elsewhere = createCommitSignal(createAnnouncer(database.pool, (error) => errors.push(error)));
  const relay = startRelay('a', { pollMs: NEVER_MS });
  await vi.waitFor(() => expect(relay.isWorking()).toBe(true));
  for (const key of ['1', '2', '3']) {
    await write(key);
    elsewhere.notify();
    await vi.waitFor(async () => expect(await journal()).toContain(`${key} by a`), 5000);
  }
  expect(errors).toEqual([]);
});

test('many commits at once are announced by few statements, and the last of them is heard', async () => {
  let announced = 0;
  const counting = {
    ending: false,
    query: async () => {
      announced += 1;
    },
  };
  const announce = createAnnouncer(counting as unknown as typeof database.pool, () => {});
  for (let commit = 0; commit < 1000; commit += 1) announce();
  await vi.waitFor(() => expect(announced).toBe(1));
  announce();
  await vi.waitFor(() => expect(announced).toBe(2));
});

test('who works hears of commits in its own process without a statement', () => {
  let announced = 0;
  const signal = createCommitSignal(() => (announced += 1));
  let heard = 0;
  const stop = signal.onCommit(() => (heard += 1));
  signal.notify();
  stop();
  signal.notify();
  expect([heard, announced]).toEqual([1, 1]);
});

test(
  'a process that is killed is replaced at once',
  async () => {
    const first = await startProcess('first', NEVER_MS / 100);
    await says(first);
    const second = startRelay('second', { pollMs: 20, leaseMs: NEVER_MS / 100 });
    await write('1');
    await vi.waitFor(async () => expect(await isEmpty(database.pool)).toBe(true), 20_000);
    expect(second.isWorking()).toBe(false);
    first.kill('SIGKILL');
    await vi.waitFor(() => expect(second.isWorking()).toBe(true), 10_000);
    await write('2');
    await vi.waitFor(async () => expect(await journal()).toEqual(['1 by first', '2 by second']), 20_000);
  },
  PATIENCE_MS,
);

test(
  'a process that is paused is replaced after the time of its lease, and does nothing when it wakes up',
  async () => {
    const first = await startProcess('first', PAUSE_MS);
    await says(first);
    await write('1');
    await vi.waitFor(async () => expect(await isEmpty(database.pool)).toBe(true), 20_000);
    first.kill('SIGSTOP');
    const second = startRelay('second', { pollMs: 20, leaseMs: PAUSE_MS });
    await write('2');
    await vi.waitFor(async () => expect(await journal()).toEqual(['1 by first', '2 by second']), 20_000);
    first.kill('SIGCONT');
    for (let key = 3; key < 30; key += 1) await write(String(key));
    await second.drain();
    const rest = Array.from({ length: 28 }, (_, index) => `${index + 2} by second`);
    expect(await journal()).toEqual(['1 by first', ...rest]);
    await Promise.all([says(first), second.stop()]);
    await write('30');
    await vi.waitFor(async () => expect((await journal()).at(-1)).toBe('30 by first'), 20_000);
  },
  PATIENCE_MS,
);

test('a holder that may have been replaced publishes nothing', async () => {
  const clock = { ms: 0 };
  const options = { leaseMs: 10_000, onAnnounced() {}, signal: new AbortController().signal, now: () => clock.ms };
  const lease = await takeRelayLease(database.pool, options);
  lease?.mustBeHeld();
  clock.ms = 7_001;
  expect(() => lease?.mustBeHeld()).toThrow(/may have gone to another process/);
  await lease?.release();
});

test('whoever waits stops waiting when told to', async () => {
  const relay = startRelay('a');
  await vi.waitFor(() => expect(relay.isWorking()).toBe(true), 5000);
  const stop = new AbortController();
  const waiting = takeRelayLease(database.pool, { leaseMs: 60_000, onAnnounced() {}, signal: stop.signal });
  await vi.waitFor(async () => {
    const { rowCount } = await database.pool.query(
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    expect(rowCount).toBe(1);
  });
  stop.abort();
  expect(await waiting).toBeNull();
});

test('what waits is counted, with the age of the oldest', async () => {
  expect(await measureBacklog(database.pool)).toEqual({ count: 0, oldestMs: 0 });
  await Promise.all(['1', '2'].map(write));
  await database.pool.query("UPDATE outbox SET created_at = now() - interval '1 minute' WHERE key = '1'");
  const { count, oldestMs } = await measureBacklog(database.pool);
  expect(count).toBe(2);
  expect(oldestMs).toBeGreaterThan(59_000);
});
