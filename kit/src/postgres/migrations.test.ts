import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, createTestDatabase } from '../testing/test-database.ts';
import { applyMigrations } from './migrations.ts';

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  await addMigration('1_first', 'CREATE TABLE first (id INT);\nINSERT INTO first VALUES (1);\n');
  await writeFile(join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n');
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

test('each migration is applied once, however many processes start together', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => applyMigrations(database.pool, folder)));
  expect(runs.flat()).toEqual(['1_first']);
  await addMigration('2_second', 'ALTER TABLE first ADD name TEXT');
  expect(await applyMigrations(database.pool, folder)).toEqual(['2_second']);
  expect((await database.pool.query('SELECT * FROM first')).rows).toEqual([{ id: 1, name: null }]);
});

test('a migration that fails leaves nothing behind and can be repaired', async () => {
  await addMigration('2_broken', 'CREATE TABLE second (id INT); SELECT nonsense;');
  await expect(applyMigrations(database.pool, folder)).rejects.toThrow(
    /2_broken failed and was undone: column "nonsense"/,
  );
  await addMigration('2_broken', 'CREATE TABLE second (id INT);');
  expect(await applyMigrations(database.pool, folder)).toEqual(['2_broken']);
});

test('an edited migration is refused, changed line ends are not', async () => {
  await applyMigrations(database.pool, folder);
  await addMigration('1_first', 'CREATE TABLE first (id INT);\r\nINSERT INTO first VALUES (1);\r\n');
  expect(await applyMigrations(database.pool, folder)).toEqual([]);
  await addMigration('1_first', 'CREATE TABLE first (id BIGINT);');
  await expect(applyMigrations(database.pool, folder)).rejects.toThrow(/1_first was edited after it had been applied/);
});

test('a database of a newer version is refused', async () => {
  await addMigration('2_newer', 'SELECT 1');
  await applyMigrations(database.pool, folder);
  await rm(join(folder, '2_newer'), { recursive: true });
  await expect(applyMigrations(database.pool, folder)).rejects.toThrow(/2_newer, which this code does not know/);
});
