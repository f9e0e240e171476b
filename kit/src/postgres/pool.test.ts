import { expect, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { createPool } from './pool.ts';

test('a connection that breaks is told of once, without the client that hangs on the error', async () => {
  const database = await createTestDatabase();
  const told: Error[] = [];
  const pool = createPool({ url: database.url, name: 'test', max: 2, onConnectionLost: (error) => told.push(error) });
  const [idle, killer] = await Promise.all([pool.connect(), pool.connect()]);
  const { rows } = await idle.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const isGone = new Promise((resolve) => pool.once('error', resolve));
  idle.release();
  await killer.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await isGone;
  expect(told).toHaveLength(1);
  expect(told[0]).not.toHaveProperty('client');
  killer.release();
  await pool.end();
  await database.drop();
});

test('what breaks while the pool closes is no news', async () => {
  const told: Error[] = [];
  const pool = createPool({
    url: 'postgres://nobody@127.0.0.1:1/none',
    name: 'test',
    onConnectionLost: (error) => told.push(error),
  });
  const ended = pool.end();
  pool.emit('error', new Error('terminating connection due to administrator command'), {});
  await ended;
  expect(told).toEqual([]);
});
