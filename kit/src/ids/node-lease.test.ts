import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, createTestDatabase } from '../testing/test-database.ts';
import { createMinter } from './minter.ts';
import { leaseNode } from './node-lease.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    'CREATE TABLE id_node_lease (node SMALLINT PRIMARY KEY, holder TEXT NOT NULL, expires_at TIMESTAMPTZ NOT NULL, last_ms BIGINT NOT NULL DEFAULT 0)',
  );
});
beforeEach(() => database.pool.query('TRUNCATE id_node_lease'));
afterAll(() => database.drop());

test('those who ask at once get different nodes, until none is left', async () => {
  const leases = await Promise.all(
    Array.from({ length: 8 }, () => leaseNode(database.pool, { nodes: 8, holder: 'test' })),
  );
  expect(new Set(leases.map((lease) => lease.current()?.node)).size).toBe(8);
  await expect(leaseNode(database.pool, { nodes: 8, holder: 'late' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await Promise.all(leases.map((lease) => lease.release(1)));
});

test('a node that was given back is free at once, above its last millisecond', async () => {
  const clock = { ms: 1_000_000 };
  const options = { nodes: 1, holder: 'test', now: () => clock.ms };
  const first = await leaseNode(database.pool, options);
  await first.release(1_000_010);
  expect(first.current()).toBeNull();
  await expect(leaseNode(database.pool, options)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  clock.ms = 1_000_011;
  const second = await leaseNode(database.pool, options);
  expect(second.current()).toMatchObject({ node: 0, aboveMs: 1_000_010 });
  await second.release(1_000_011);
});

test('a node whose holder has died goes to the next only above what the dead one might have minted', async () => {
  const clock = { ms: 1_000_000 };
  const options = { nodes: 1, holder: 'test', ttlMs: 60_000, now: () => clock.ms };
  const dead = await leaseNode(database.pool, options);
  await database.pool.query("UPDATE id_node_lease SET expires_at = now() - interval '1 second'");
  await expect(leaseNode(database.pool, options)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  clock.ms = 1_060_001;
  const next = await leaseNode(database.pool, options);
  expect(next.current()?.aboveMs).toBeGreaterThanOrEqual(dead.current()?.untilMs ?? Infinity);
  await Promise.all([next.release(0), dead.release(0)]);
});

test('a lease that cannot be renewed runs out by the monotonic clock', async () => {
  const clock = { ms: 0 };
  const lease = await leaseNode(database.pool, {
    nodes: 1,
    holder: 'test',
    ttlMs: 60_000,
    monotonicNow: () => clock.ms,
  });
  clock.ms = 53_000;
  expect(lease.current()).not.toBeNull();
  clock.ms = 55_000;
  expect(lease.current()).toBeNull();
  await lease.release(0);
});

test('a lease renews itself, and takes another node when its own is gone', async () => {
  const lease = await leaseNode(database.pool, { nodes: 2, holder: 'test', ttlMs: 300 });
  const first = lease.current();
  await expect.poll(() => lease.current()?.untilMs, { timeout: 5000 }).toBeGreaterThan(first?.untilMs ?? Infinity);
  await database.pool.query("UPDATE id_node_lease SET holder = 'thief', expires_at = now() + interval '1 hour'");
  await expect.poll(() => lease.current()?.node, { timeout: 5000 }).toBe(first?.node === 0 ? 1 : 0);
  await lease.release(0);
});

test('a process that is paused for longer than its lease mints nothing that its successor has minted', async () => {
  const ttlMs = 600;
  const script = join(import.meta.dirname, '../testing/mint-in-process.ts');
  const child = spawn(process.execPath, [script, database.url, String(ttlMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const minted: string[] = [];
  createInterface({ input: child.stdout }).on('line', (id) => minted.push(id));
  await expect.poll(() => minted.length).toBeGreaterThan(100);
  child.kill('SIGSTOP');

  const take = () => leaseNode(database.pool, { nodes: 1, holder: 'successor', ttlMs });
  await expect
    .poll(
      () =>
        take().then(
          (lease) => (successor = lease),
          () => null,
        ),
      { timeout: 20_000 },
    )
    .not.toBeNull();
  const layout = {
    nodes: 1,
    perMillisecond: 1,
    compose: (parts: { atMs: number; node: number; sequence: number }) =>
      `${parts.node}.${parts.atMs}.${parts.sequence}`,
  };
  const minter = createMinter({ lease: successor!, layout });
  const before = minted.length;
  child.kill('SIGCONT');
  const ours = new Set<string>();
  const until = performance.now() + 2 * ttlMs;
  while (performance.now() < until) {
    ours.add(tryToMint(minter));
    await new Promise(setImmediate);
  }
  expect(ours.size).toBeGreaterThan(100);
  expect(minted.filter((id) => ours.has(id))).toEqual([]);
  expect(new Set(minted).size).toBe(minted.length);
  // What was in the pipe when it was paused may still have come; nothing was minted after.
  expect(minted.length - before).toBeLessThan(50);

  await minter.close();
  await expect.poll(() => minted.length, { timeout: 20_000 }).toBeGreaterThan(before + 100);
  child.kill('SIGKILL');
}, 60_000);

let successor: Awaited<ReturnType<typeof leaseNode>> | undefined;

function tryToMint(minter: { mint(): string }): string {
  try {
    return minter.mint();
  } catch {
    return '';
  }
}
