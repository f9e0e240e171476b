import { setImmediate as nextTurn } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { createPool, type Pool, type Queryable } from './pool.ts';
import { withTransaction } from './transaction.ts';

const ROWS = 'SELECT i::bigint AS id FROM generate_series(1, 5000) i';
const PAGES = 20;
/** Bytes that old space may grow by: all the rows are twice as many. */
const LITTLE = 6_000_000;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, name: 'watched', max: 1 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('rows die young, read by a pool or within a transaction', async () => {
  await readPages(pool);
  expect(await growthOfOldSpace(() => readPages(pool))).toBeLessThan(LITTLE);
  expect(await growthOfOldSpace(() => withTransaction(pool, readPages))).toBeLessThan(LITTLE);
});

test('a statement that is refused tells where it was asked', async () => {
  const error: unknown = await withTransaction(pool, (client) => client.query('SELECT nonsense')).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: '42703' });
  expect((error as Error).stack).toContain('transaction.ts');
});

async function readPages(db: Queryable): Promise<void> {
  for (let page = 0; page < PAGES; page += 1) {
    await readPage(db);
    await nextTurn();
    scavenge();
  }
}

async function readPage(db: Queryable): Promise<void> {
  const { rowCount } = await db.query(ROWS);
  expect(rowCount).toBe(5_000);
}

async function growthOfOldSpace(work: () => Promise<unknown>): Promise<number> {
  const before = oldSpace();
  await work();
  return oldSpace() - before;
}

function oldSpace(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? NaN;
}

function scavenge(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as (options: { type: 'minor' }) => void)({ type: 'minor' });
}
