import { expect, test, vi } from 'vitest';
import { createLogger } from '@starling/kit/logger.ts';
import { createPool } from '@starling/kit/postgres/pool.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { readStackConfig } from './config.ts';
import { DATABASE_NAMES, type Databases } from './databases.ts';
import { startStack } from './start-stack.ts';

const logger = createLogger({ name: 'test', level: 'silent' });

async function createDatabases() {
  const created = await Promise.all(DATABASE_NAMES.map(async (name) => [name, await createTestDatabase()] as const));
  const databases = Object.fromEntries(created.map(([name, { url }]) => [name, url])) as Databases;
  const names = created.map(([, { url }]) => new URL(url).pathname.slice(1));
  return { databases, names, dropAll: () => Promise.all(created.map(([, database]) => database.drop())) };
}

/** Connections that a stack has open to its databases. */
async function connectionsTo(names: readonly string[], url: string): Promise<number> {
  const pool = createPool({ url, name: 'observer' });
  const { rows } = await pool.query<{ open: number }>(
    'SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = ANY($1) AND pid <> pg_backend_pid()',
    [names],
  );
  await pool.end();
  return rows[0]?.open ?? -1;
}

test.each([
  [
    'a subgraph cannot be opened',
    (databases: Databases) => ({ databases: { ...databases, search: `${databases.search}_missing` }, port: 0 }),
  ],
  [
    'the event log cannot be opened',
    (databases: Databases) => ({ databases: { ...databases, log: `${databases.log}_missing` }, port: 0 }),
  ],
  ['the door cannot be opened', (databases: Databases) => ({ databases, host: '192.0.2.1', port: 0 })],
])(
  'a start that fails because %s leaves no connection behind',
  async (_why, spoil) => {
    const { databases: whole, names, dropAll } = await createDatabases();
    const { databases, ...door } = spoil(whole);
    const starting = startStack(readStackConfig({}, door), { databases, graphiqlFolder: null, logger });
    await expect(starting).rejects.toThrow();
    await vi.waitFor(async () => expect(await connectionsTo(names, whole.users)).toBe(0), { timeout: 5_000 });
    await dropAll();
  },
  60_000,
);

test('whoever signs tokens and whoever verifies them must agree on their names', () => {
  expect(() => readStackConfig({ USERS_TOKEN_ISSUER: 'elsewhere' })).toThrow('GATEWAY_ISSUER');
  expect(readStackConfig({ USERS_TOKEN_ISSUER: 'elsewhere', GATEWAY_ISSUER: 'elsewhere' }).gateway.issuer).toBe(
    'elsewhere',
  );
});
