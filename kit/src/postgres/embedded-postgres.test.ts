import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPostmaster, stopPostmaster } from './embedded/postmaster.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { createPool } from './pool.ts';

const HOLDER = fileURLToPath(new URL('../testing/hold-postgres.ts', import.meta.url));
const PATIENCE_MS = 60_000;

let parent: string;
let dataDir: string;
let cluster: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'embedded postgres '));
  dataDir = join(parent, 'data');
  cluster = join(dataDir, 'cluster');
});
afterAll(async () => {
  await stopPostmaster(cluster);
  await rm(parent, { recursive: true, force: true });
});

async function hold(): Promise<{ holder: ChildProcess; url: string }> {
  const holder = spawn(process.execPath, [HOLDER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(createInterface(holder.stdout), 'line')) as [string];
  return { holder, url };
}

async function end(holder: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(holder, 'exit');
  holder.kill(signal);
  await gone;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const pool = createPool({ url, name: 'test' });
  try {
    return (await pool.query<Record<string, unknown>>(text)).rows;
  } finally {
    await pool.end();
  }
}

test(
  'a held folder is refused by name; after kill -9 the next start takes over the server, with all data',
  { timeout: PATIENCE_MS },
  async () => {
    const { holder, url } = await hold();
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(`Another Starling (process ${holder.pid} on `);
    await end(holder, 'SIGKILL');
    const orphan = await findPostmaster(cluster);
    const next = await startEmbeddedPostgres({ dataDir });
    expect(await findPostmaster(cluster)).toEqual(orphan);
    expect(await query(next.url('postgres'), 'SELECT * FROM kept')).toEqual([{ one: 1 }]);
    await next.stop();
    expect(await findPostmaster(cluster)).toBeNull();
  },
);

test(
  'an interrupted process stops its Postgres itself, and a clean start has all data',
  { timeout: PATIENCE_MS },
  async () => {
    const { holder } = await hold();
    await end(holder, 'SIGINT');
    expect(await findPostmaster(cluster)).toBeNull();
    const next = await startEmbeddedPostgres({ dataDir });
    await next.createDatabase('odd "name"');
    await next.createDatabase('odd "name"');
    expect(await query(next.url('odd "name"'), 'SELECT current_database() AS name')).toEqual([{ name: 'odd "name"' }]);
    await next.stop();
  },
);

test('a server that dies comes back on its port', { timeout: PATIENCE_MS }, async () => {
  const postgres = await startEmbeddedPostgres({ dataDir });
  const pool = createPool({ url: postgres.url('postgres'), name: 'test' });
  await pool.query('SELECT 1');
  const before = await findPostmaster(cluster);
  process.kill(before?.pid ?? 0, 'SIGKILL');
  // The old server's processes may answer for a moment longer.
  const hasReturned = async () => ((await findPostmaster(cluster))?.pid ?? before?.pid) !== before?.pid;
  await expect.poll(hasReturned, { timeout: PATIENCE_MS }).toBe(true);
  await expect
    .poll(
      () =>
        pool.query('SELECT one FROM kept').then(
          ({ rows }) => rows,
          () => null,
        ),
      { timeout: PATIENCE_MS },
    )
    .toEqual([{ one: 1 }]);
  expect(await findPostmaster(cluster)).toMatchObject({ port: before?.port });
  await pool.end();
  await postgres.stop();
});

test('a pid file that names another program now is no obstacle', { timeout: PATIENCE_MS }, async () => {
  await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n`);
  const postgres = await startEmbeddedPostgres({ dataDir });
  await postgres.stop();
});

test('strangers do not get in, and only the owner reads the password', { timeout: PATIENCE_MS }, async () => {
  const postgres = await startEmbeddedPostgres({ dataDir });
  const url = new URL(postgres.url('postgres'));
  url.password = 'guess';
  await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  await postgres.stop();
});

test('a folder that cannot serve is refused in plain words', { timeout: PATIENCE_MS }, async () => {
  const file = join(parent, 'file');
  await writeFile(file, '');
  await expect(startEmbeddedPostgres({ dataDir: file })).rejects.toThrow(/there is a file where the folder should be/);
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  await writeFile(join(cluster, 'PG_VERSION'), '15\n');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
    /was made by Postgres 15, this Starling brings Postgres 18/,
  );
  await writeFile(join(cluster, 'PG_VERSION'), `${version}\n`);
});
