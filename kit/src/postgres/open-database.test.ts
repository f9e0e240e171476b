import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { openDatabase } from './open-database.ts';
import type { Pool } from './pool.ts';

let database: TestDatabase;
let empty: string;
beforeAll(async () => {
  database = await createTestDatabase();
  empty = await mkdtemp(join(tmpdir(), 'starling-open-'));
});
afterAll(async () => {
  await rm(empty, { recursive: true });
  await database.drop();
});

const options = () => ({ url: database.url, name: 'test', logger: { warn: () => undefined } });

test('gives what is made of the pool, which stays open', async () => {
  const pool = await openDatabase(options(), (opened) => opened);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test('closes the pool if what is made of it fails, or its migrations cannot be read', async () => {
  const pools: Pool[] = [];
  const failing = openDatabase(options(), async (pool) => {
    pools.push(pool);
    await pool.query('SELECT 1');
    throw new Error('no more');
  });
  await expect(failing).rejects.toThrow('no more');
  expect(pools.map(({ ended }) => ended)).toEqual([true]);
  const missing = { ...options(), migrations: join(empty, 'none') };
  await expect(openDatabase(missing, (pool) => pools.push(pool))).rejects.toThrow('ENOENT');
  expect(pools).toHaveLength(1);
});
