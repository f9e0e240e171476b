import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { countRows } from './count-rows.ts';

test('a table is counted as far as that is quick, and estimated beyond', async () => {
  const { pool, drop } = await createTestDatabase();
  onTestFinished(drop);
  await pool.query('CREATE TABLE thing AS SELECT n FROM generate_series(1, 1000) AS n');
  expect(await countRows(pool, 'thing', 1_000)).toBe(1_000);
  // Nobody has estimated it yet.
  expect(await countRows(pool, 'thing', 999)).toBe(1_000);
  expect(await countRows(pool, 'thing', 10)).toBe(11);
  await pool.query('ANALYZE thing');
  expect(await countRows(pool, 'thing', 10)).toBe(1_000);
  await pool.query('DELETE FROM thing');
  expect(await countRows(pool, 'thing', 10)).toBe(0);
});
