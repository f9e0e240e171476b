import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Client } from 'pg';
import { openOwnConnection } from './own-connection.ts';
import type { Pool } from './pool.ts';

/** The database and the code do not fit together; the message says why and what to do. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

type Migration = { name: string; sql: string; checksum: string };
type Applied = { migration_name: string; checksum: string; finished_at: Date | null };

/** The key under which Prisma's own `migrate deploy` locks, so that the two exclude each other. */
const PRISMA_LOCK = 72_707_369;

/** Zero is never. */
const UNHURRIED = { statement_timeout: 0, lock_timeout: 0, query_timeout: 0 } as const;
const LONGEST_MIGRATION_MS = 10 * 60_000;

const PRISMA_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/**
 * Applies the migrations of a folder in Prisma's layout (`<name>/migration.sql`) that the database does not have, each in a
 * transaction of its own, and records them as Prisma does, so that `prisma migrate deploy` agrees. Safe to call from many processes.
 * Returns the names that were applied. Throws MigrationError for a migration that was edited after it was applied, that
 * failed before or fails now, or that this code does not know.
 */
export async function applyMigrations(pool: Pool, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const { client, close } = await openOwnConnection(pool, 'migrate', UNHURRIED);
  try {
    await waitForOthers(client);
    await client.query(PRISMA_TABLE);
    const pending = await findPending(client, migrations);
    for (const migration of pending) await applyOne(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    // And so the lock, whatever state the connection is in.
    close();
  }
}

/** A migration may take long, and whoever started at the same moment waits for it. */
async function waitForOthers(client: Client): Promise<void> {
  await client.query(`SET lock_timeout = ${LONGEST_MIGRATION_MS}`);
  await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]).catch((cause: unknown) => {
    if ((cause as { code?: unknown }).code !== '55P03') throw cause;
    throw new MigrationError(
      'Another process has been migrating it for ten minutes. Let it end, or end its connection, then start again.',
      { cause },
    );
  });
  await client.query('SET lock_timeout = 0');
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(names.sort().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const file = join(folder, name, 'migration.sql');
  const sql = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new MigrationError(`Migration ${name} cannot be read: ${file}`, { cause });
  });
  return { name, sql, checksum: checksumOf(sql) };
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function findPending(client: Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<Applied>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) refuseMisfit(row, known.get(row.migration_name));
  const applied = new Set(rows.map((row) => row.migration_name));
  return migrations.filter(({ name }) => !applied.has(name));
}

function refuseMisfit(row: Applied, migration: Migration | undefined): void {
  const name = row.migration_name;
  if (migration === undefined) {
    throw new MigrationError(
      `The database has migration ${name}, which this code does not know: it was used by a newer version. Run that version.`,
    );
  }
  if (row.finished_at === null) {
    throw new MigrationError(
      `Migration ${name} failed before. Repair the database, then mark it with "prisma migrate resolve".`,
    );
  }
  if (!isSameText(row.checksum, migration)) {
    throw new MigrationError(
      `Migration ${name} was edited after it had been applied. Restore its text and write a new migration instead.`,
    );
  }
}

/** Git may have changed the line ends of the file. Prisma takes that for no edit either. */
function isSameText(checksum: string, { sql, checksum: ours }: Migration): boolean {
  const unix = sql.replaceAll('\r\n', '\n');
  return [ours, checksumOf(unix), checksumOf(unix.replaceAll('\n', '\r\n'))].includes(checksum);
}

async function applyOne(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, applied_steps_count) VALUES ($1, $2, $3, 1)',
      [randomUUID(), checksum, name],
    );
    await client.query(sql);
    await client.query(
      'UPDATE _prisma_migrations SET finished_at = clock_timestamp() WHERE migration_name = $1 AND rolled_back_at IS NULL',
      [name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`Migration ${basename(name)} failed and was undone: ${reason}`, { cause });
  }
}
