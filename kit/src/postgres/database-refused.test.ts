import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { DatabaseRefused, explainRefusal, tooOld } from './database-refused.ts';
import { openDatabase } from './open-database.ts';

let database: TestDatabase;
let migrations: string;
beforeAll(async () => {
  database = await createTestDatabase();
  migrations = await mkdtemp(join(tmpdir(), 'starling-refused-'));
  await mkdir(join(migrations, '1_first'));
  await writeFile(join(migrations, '1_first/migration.sql'), 'CREATE TABLE first (id INT)');
});
afterAll(async () => {
  await rm(migrations, { recursive: true });
  await database.drop();
});

/** Why a process that is told of this address does not start, in one line. */
async function reasonOf(change: (url: URL) => void, text?: string): Promise<string> {
  const url = new URL(database.url);
  change(url);
  const address = { url: text ?? url.href, name: 'users', migrations, connectionTimeoutMs: 2_000 };
  const error: unknown = await openDatabase({ ...address, logger: { warn: () => undefined } }, (pool) =>
    pool.end(),
  ).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseRefused);
  const { message } = error as DatabaseRefused;
  expect(message).not.toContain('\n');
  expect(message).not.toContain(url.password);
  return message;
}

const place = () => new URL(database.url).host + new URL(database.url).pathname;

test('a wrong password, without telling it', async () => {
  const reason = await reasonOf((url) => (url.password = 'guessed-wrong'));
  expect(reason).toBe(
    `The database users (${place()}) does not let us in: user or password is wrong. Correct USERS_DATABASE_URL, or the server's pg_hba.conf.`,
  );
});

test('a server that is not there, and one whose name nobody knows', async () => {
  expect(await reasonOf((url) => (url.port = '1'))).toMatch(
    /^The database users \(127\.0\.0\.1:1\/\w+\) cannot be reached: .*ECONNREFUSED.* Start the server, or correct USERS_DATABASE_URL\.$/,
  );
  expect(await reasonOf((url) => (url.hostname = 'nowhere.invalid'))).toMatch(/cannot be reached: .*nowhere\.invalid/);
});

test('a database that does not exist', async () => {
  expect(await reasonOf((url) => (url.pathname = '/nothing'))).toMatch(/\/nothing\) does not exist\. Create it/);
});

test('what is no address', async () => {
  for (const text of ['', 'localhost', 'mysql://a/b', 'postgres://u:p@h:1/'])
    expect(await reasonOf(() => undefined, text)).toMatch(/^USERS_DATABASE_URL is no address of a database/);
});

test('a user who may not create tables', async () => {
  await database.pool.query("CREATE ROLE guest LOGIN PASSWORD 'guest-password'");
  const asGuest = (url: URL) => Object.assign(url, { username: 'guest', password: 'guest-password' });
  expect(await reasonOf(asGuest)).toMatch(/forbids what we have to do \(permission denied .*\)\. Make the user/);
  await database.pool.query('DROP ROLE guest');
});

test('a database that was migrated half, and one of a newer version', async () => {
  const row = (name: string) =>
    `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('${name}', 'x', '${name}')`;
  await openDatabase({ url: database.url, name: 'users', migrations, logger: { warn: () => undefined } }, (pool) =>
    pool.end(),
  );
  await database.pool.query('UPDATE _prisma_migrations SET finished_at = NULL');
  expect(await reasonOf(() => undefined)).toBe(
    `The database users (${place()}) cannot be brought up to date. Migration 1_first failed before. Repair the database, then mark it with "prisma migrate resolve".`,
  );
  await database.pool.query('DELETE FROM _prisma_migrations');
  await database.pool.query(row('9_newer'));
  expect(await reasonOf(() => undefined)).toMatch(/has migration 9_newer, which this code does not know/);
});

test('an old server, a standby, a full disk, too many connections', () => {
  const address = { url: 'postgres://u:p4ss@db:5432/users', name: 'users' };
  expect(tooOld('14.9', address).message).toBe(
    'The database users (db:5432/users) runs on PostgreSQL 14.9; 15 or newer is needed.',
  );
  const messages = ['25006', '53100', '53300'].map((code) => (explainRefusal({ code }, address) as Error).message);
  expect(messages).toEqual([
    'The database users (db:5432/users) is read-only: it is a standby. Let USERS_DATABASE_URL name the primary.',
    'The database users (db:5432/users) has no room left on its disk. Make room, then start again; nothing was lost.',
    "The database users (db:5432/users) has no connection left. Raise the server's max_connections, or lower the sizes of the pools.",
  ]);
  const bug = new Error('a bug');
  expect(explainRefusal(bug, address)).toBe(bug);
});
