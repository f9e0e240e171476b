import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, createTestDatabase } from '../testing/test-database.ts';
import { type EmbeddedEventLog, createEmbeddedEventLog } from './embedded.ts';
import type { LogRecord } from './port.ts';

let database: TestDatabase;
let log: EmbeddedEventLog;

beforeEach(async () => {
  database = await createTestDatabase();
  log = await createEmbeddedEventLog({ pool: database.pool, pollMs: 20 });
  await log.ensureTopics([{ name: 'one.v1', partitions: 1, retentionMs: 1000 }]);
});
afterEach(async () => {
  await log.close();
  await database.drop();
});

const record = (key: string, value = '{}') => ({ topic: 'one.v1', key, value, headers: {} });
const readAll = (topic = 'one.v1') => log.read({ topic, partition: 0, fromOffset: 0n, limit: 100 });
const age = () => database.pool.query("UPDATE log_record SET appended_at = appended_at - interval '40 days'");

test('a record that cannot be stored harms none that were published beside it', async () => {
  const results = await Promise.allSettled(['1', '2\u0000', '3'].map((key) => log.publish([record(key)])));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await readAll()).map(({ key, offset }) => [key, offset])).toEqual([
    ['1', 0n],
    ['3', 1n],
  ]);
});

test('what another process appends is seen by the poll', async () => {
  const seen: LogRecord[] = [];
  await log.subscribe({ group: 'g', topics: ['one.v1'], handle: async (batch) => void seen.push(...batch) });
  const other = await createEmbeddedEventLog({ pool: database.pool });
  await other.publish([record('1')]);
  await expect.poll(() => seen.map(({ key }) => key)).toEqual(['1']);
  await other.close();
});

test('old records go, but not before the groups that run here have read them', async () => {
  await log.publish([record('1'), record('2')]);
  await age();
  const hangs = Promise.withResolvers<void>();
  const subscription = await log.subscribe({
    group: 'g',
    topics: ['one.v1'],
    maxBatch: 1,
    handle: () => hangs.promise,
  });
  await log.prune();
  expect(await readAll()).toHaveLength(2);
  hangs.resolve();
  await subscription.stop();
  await log.publish([record('3')]);
  await log.prune();
  expect((await readAll()).map(({ key }) => key)).toEqual(['3']);
});

test('a group that comes after the records went starts at the earliest that is left', async () => {
  await log.publish([record('1'), record('2')]);
  await age();
  await log.prune();
  const seen: LogRecord[] = [];
  await log.subscribe({ group: 'g', topics: ['one.v1'], handle: async (batch) => void seen.push(...batch) });
  await log.publish([record('3')]);
  await expect.poll(() => seen.map(({ offset }) => offset)).toEqual([2n]);
  await expect.poll(async () => (await log.lag('g', ['one.v1']))[0]?.committed).toBe(3n);
});

test('of a topic that is not there no lag is told', async () => {
  expect(await log.lag('g', ['none.v1'])).toEqual([]);
  expect((await log.lag('g', ['none.v1', 'one.v1'])).map(({ topic }) => topic)).toContain('one.v1');
});

test('erasing empties log and dead letters, keeps places, and consumers see nothing of it', async () => {
  await log.publish([
    record('42', '{"secret":1}'),
    record('7', '{"by":"42"}'),
    record('8', '{"by":"43"}'),
    record('42', '{"type":"erased"}'),
  ]);
  await log.publish([{ ...record('42', '{"secret":2}'), topic: 'one.v1.dlq' }]);
  expect(await log.erase({ contains: '42', keep: ({ value }) => value.includes('erased') })).toBe(3);
  expect((await readAll()).map(({ value }) => value)).toEqual(['', '', '{"by":"43"}', '{"type":"erased"}']);
  expect((await readAll('one.v1.dlq')).map(({ value, headers }) => [value, headers])).toEqual([
    ['', { erased: 'true' }],
  ]);
  const seen: LogRecord[] = [];
  await log.subscribe({
    group: 'g',
    topics: ['one.v1', 'one.v1.dlq'],
    handle: async (batch) => void seen.push(...batch),
  });
  await expect
    .poll(async () => (await log.lag('g', ['one.v1', 'one.v1.dlq'])).every(({ committed, end }) => committed === end))
    .toBe(true);
  expect(seen.map(({ offset }) => offset)).toEqual([2n, 3n]);
});

test('moves that a crash of Postgres has lost are made again', async () => {
  const seen: string[] = [];
  const handle = async (batch: readonly LogRecord[]) => void seen.push(...batch.map(({ key }) => key));
  await log.subscribe({ group: 'g', topics: ['one.v1'], handle });
  await log.publish([record('1')]);
  await log.publish([record('2')]);
  const lag = async () => (await log.lag('g', ['one.v1'])).map(({ committed, end }) => end - committed);
  await expect.poll(lag).toEqual([0n]);
  expect(seen).toEqual(['1', '2']);
  await database.pool.query('UPDATE log_position SET next_offset = 1');
  await expect.poll(() => seen).toEqual(['1', '2', '2']);
  await expect.poll(lag).toEqual([0n]);

  await database.pool.query('DELETE FROM log_position');
  await expect.poll(() => seen).toEqual(['1', '2', '2', '1', '2']);
  await expect.poll(lag).toEqual([0n]);
});

test('a database that goes away for a while pauses the groups and loses nothing', async () => {
  const seen: string[] = [];
  await log.subscribe({
    group: 'g',
    topics: ['one.v1'],
    maxBatch: 1,
    handle: async ([one]) => void seen.push(one?.key ?? ''),
  });
  await log.publish([record('1')]);
  await expect.poll(() => seen).toEqual(['1']);
  await database.pool.query('ALTER TABLE log_position RENAME TO hidden');
  await log.publish([record('2'), record('3')]);
  await expect.poll(() => seen).toEqual(['1', '2']);
  await database.pool.query('ALTER TABLE hidden RENAME TO log_position');
  await expect.poll(() => seen, { timeout: 5000 }).toEqual(['1', '2', '3']);
});
