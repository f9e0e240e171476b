import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { applyMigrations } from '../postgres/migrations.ts';
import { type Pool, createPool } from '../postgres/pool.ts';

export type TestDatabase = {
  url: string;
  /** At most 10 connections; ended by `drop`. */
  pool: Pool;
  drop(): Promise<void>;
};

/** A fresh database on the run's Postgres, with the migrations of a folder applied. Some 30 ms. */
export async function createTestDatabase(migrationsFolder?: string): Promise<TestDatabase> {
  const adminUrl = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withClient(adminUrl, async (admin) => {
    const template =
      migrationsFolder === undefined ? 'template1' : await ensureTemplate(admin, adminUrl, migrationsFolder);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  });
  const url = urlOf(adminUrl, name);
  const pool = createPool({ url, name });
  return {
    url,
    pool,
    async drop() {
      if (!pool.ended) await pool.end();
      await withClient(adminUrl, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Migrations run once per content; each test copies the result. */
async function ensureTemplate(admin: pg.Client, adminUrl: string, folder: string): Promise<string> {
  const name = `template_${await hashFolder(folder)}`;
  await admin.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
  const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) {
    // Renamed at the end, so that a failed migration leaves no half template under the name.
    const draft = `draft_${randomUUID().replaceAll('-', '')}`;
    await admin.query(`CREATE DATABASE ${draft}`);
    const pool = createPool({ url: urlOf(adminUrl, draft), name: draft });
    await applyMigrations(pool, folder).finally(() => pool.end());
    await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  }
  await admin.query('SELECT pg_advisory_unlock(hashtext($1))', [name]);
  return name;
}

async function hashFolder(folder: string): Promise<string> {
  const hash = createHash('sha256').update(folder);
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.sql')).sort();
  for (const file of files) hash.update(file).update(await readFile(join(folder, file)));
  return hash.digest('hex').slice(0, 32);
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
