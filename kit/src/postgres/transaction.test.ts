import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, createTestDatabase } from '../testing/test-database.ts';
import { createPool } from './pool.ts';
import { SQL_CHANNEL, type SqlStatement } from './watch-statements.ts';
import { withTransaction } from './transaction.ts';
import { isUnavailable } from './unavailable.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query('CREATE TABLE account (id INT PRIMARY KEY, amount INT NOT NULL)');
  await database.pool.query('INSERT INTO account VALUES (1, 100), (2, 100)');
});
afterAll(() => database.drop());

test('two transactions that deadlock both end, with both effects', async () => {
  const { pool } = database;
  const bothHoldOne = Promise.withResolvers<void>();
  let holding = 0;
  const transfer = (first: number, second: number) =>
    withTransaction(pool, async (client) => {
      await client.query('UPDATE account SET amount = amount + 1 WHERE id = $1', [first]);
      holding += 1;
      if (holding === 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await client.query('UPDATE account SET amount = amount + 1 WHERE id = $1', [second]);
    });
  await Promise.all([transfer(1, 2), transfer(2, 1)]);
  const { rows } = await pool.query('SELECT amount FROM account ORDER BY id');
  expect(rows).toEqual([{ amount: 102 }, { amount: 102 }]);
});

test('an error rolls back and comes through as it is', async () => {
  const error = new Error('no');
  const attempt = withTransaction(database.pool, async (client) => {
    await client.query('UPDATE account SET amount = 0');
    throw error;
  });
  await expect(attempt).rejects.toBe(error);
  const { rowCount } = await database.pool.query('SELECT FROM account WHERE amount = 0');
  expect(rowCount).toBe(0);
});

test('a database that is away is UNAVAILABLE', async () => {
  const pool = createPool({ url: 'postgres://nobody:x@127.0.0.1:1/none', name: 'away' });
  await expect(withTransaction(pool, async () => {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const raw = await pool.query('SELECT 1').catch((error: unknown) => error);
  expect(isUnavailable(raw)).toBe(true);
  expect(isUnavailable(new Error('column does not exist'))).toBe(false);
  await pool.end();
});

test('a connection that Postgres ends fails its transaction, and the pool goes on', async () => {
  const pool = createPool({ url: database.url, name: 'ended', max: 1 });
  const attempt = withTransaction(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await database.pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    await client.query('SELECT 1');
  });
  await expect(attempt).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test('a transaction that goes on for too long is undone, whatever its statements do', async () => {
  const pool = createPool({ url: database.url, name: 'slow', max: 1 });
  const dawdle = withTransaction(
    pool,
    async (client) => {
      await client.query('UPDATE account SET amount = 7');
      for (;;) await client.query('SELECT pg_sleep(0.02)');
    },
    { timeoutMs: 200 },
  );
  await expect(dawdle).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const { rowCount } = await pool.query('SELECT FROM account WHERE amount = 7');
  expect(rowCount).toBe(0);
  await pool.end();
});

test('a lock that is waited for too long is UNAVAILABLE', async () => {
  const pool = createPool({ url: database.url, name: 'waiting', lockTimeoutMs: 100 });
  await withTransaction(pool, async (holder) => {
    await holder.query('SELECT FROM account FOR UPDATE');
    const waiting = withTransaction(pool, (client) => client.query('SELECT FROM account FOR UPDATE'));
    await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
  await pool.end();
});

test('a server that has gone silent is given up, and the pool is whole when it speaks again', async () => {
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(database.url).port), '127.0.0.1');
    client.pipe(upstream).on('error', () => undefined);
    upstream.on('data', (data) => isSilent || client.write(data)).on('error', () => undefined);
    client.on('error', () => undefined).on('close', () => upstream.destroy());
  });
  let isSilent = false;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(database.url);
  url.port = String((server.address() as AddressInfo).port);
  const pool = createPool({ url: url.href, name: 'silent', max: 1, statementTimeoutMs: 100, silenceMs: 100 });
  const ask = () => withTransaction(pool, (client) => client.query('SELECT 1'));
  await ask();
  isSilent = true;
  await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  isSilent = false;
  await expect(ask()).resolves.toBeDefined();
  await pool.end();
  server.close();
});

test('every statement is told on the diagnostics channel, by pool', async () => {
  const seen: string[] = [];
  const pool = createPool({ url: database.url, name: 'told' });
  const listen = (message: unknown) => {
    const statement = message as SqlStatement;
    if (statement.pool === 'told') seen.push(statement.text);
  };
  subscribe(SQL_CHANNEL, listen);
  await pool.query('SELECT 1');
  await withTransaction(pool, (client) => client.query({ name: 'two', text: 'SELECT $1::int', values: [2] }));
  unsubscribe(SQL_CHANNEL, listen);
  expect(seen).toEqual(['SELECT 1', 'BEGIN', 'SELECT $1::int', 'COMMIT']);
  await pool.end();
});
