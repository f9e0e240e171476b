import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NewRecord } from '../event-log/port.ts';
import { withTransaction } from '../postgres/transaction.ts';
import { type TestDatabase, createTestDatabase } from '../testing/test-database.ts';
import { appendToOutbox } from './append.ts';
import { createCommitSignal } from './commit-signal.ts';
import type { OutboxEvent } from './port.ts';
import { type Relay, createRelay } from './relay.ts';

const OUTBOX = `
  CREATE TABLE outbox (
    seq BIGSERIAL PRIMARY KEY, id UUID NOT NULL UNIQUE, topic TEXT NOT NULL, key TEXT NOT NULL, aggregatetype TEXT NOT NULL,
    aggregateid TEXT NOT NULL, type TEXT NOT NULL, payload JSONB NOT NULL, headers JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(), published_at TIMESTAMPTZ
  )`;

let database: TestDatabase;
let relays: Relay[];
let published: NewRecord[];
const signal = createCommitSignal();
const logger = { info() {}, warn() {} };

beforeEach(async () => {
  database = await createTestDatabase();
  await database.pool.query(OUTBOX);
  relays = [];
  published = [];
});
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  await database.drop();
});

function startRelay(
  publish: (records: readonly NewRecord[]) => Promise<void> = async () => {},
  retentionMs?: number,
): Relay {
  const log = {
    async publish(records: readonly NewRecord[]) {
      await publish(records);
      published.push(...records);
      return [];
    },
  };
  const source = { name: 'test', pool: database.pool, onCommit: signal.onCommit };
  const relay = createRelay({ source, log, logger, batchSize: 3, pollMs: 50, retentionMs });
  relays.push(relay);
  relay.start();
  return relay;
}

function event(key: string, fields: Record<string, unknown> = {}): OutboxEvent {
  return {
    topic: 'thing.v1',
    key,
    aggregateType: 'thing',
    aggregateId: key,
    type: 'thing.made',
    payload: { eventId: randomUUID(), key, ...fields },
  };
}

const keys = () => published.map(({ key }) => key);

test('events go out in their order, with their headers, and once', async () => {
  const relay = startRelay();
  await withTransaction(database.pool, (client) =>
    appendToOutbox(
      client,
      ['1', '2', '3', '4', '5', '6', '7'].map((key) => event(key)),
      { requestId: 'r' },
    ),
  );
  signal.notify();
  await relay.drain();
  expect(keys()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  const [first] = published;
  expect(first?.headers).toMatchObject({
    requestId: 'r',
    type: 'thing.made',
    aggregateid: '1',
    id: JSON.parse(first?.value ?? '').eventId,
  });
});

test('a transaction that commits late is not skipped', async () => {
  const relay = startRelay();
  await withTransaction(database.pool, async (late) => {
    await appendToOutbox(late, [event('late')]);
    await appendToOutbox(database.pool, [event('early')]);
    await relay.drain();
    expect(keys()).toEqual(['early']);
  });
  await relay.drain();
  expect(keys()).toEqual(['early', 'late']);
});

test('what is rolled back is never told', async () => {
  const relay = startRelay();
  const attempt = withTransaction(database.pool, async (client) => {
    await appendToOutbox(client, [event('never')]);
    throw new Error('no');
  });
  await expect(attempt).rejects.toThrow('no');
  await relay.drain();
  expect(keys()).toEqual([]);
});

test('a log that is away is waited for', async () => {
  let isAway = true;
  let asked = 0;
  const relay = startRelay(async () => {
    asked += 1;
    if (isAway) throw new Error('away');
  });
  await appendToOutbox(database.pool, [event('1')]);
  signal.notify();
  await expect.poll(() => asked).toBeGreaterThan(1);
  expect(await relay.isIdle()).toBe(false);
  isAway = false;
  await relay.drain();
  expect(keys()).toEqual(['1']);
});

test('one relay works at a time, and another takes over when its connection ends', async () => {
  const log: string[] = [];
  const first = startRelay(async () => void log.push('first'));
  await appendToOutbox(database.pool, [event('1')]);
  await first.drain();
  const second = startRelay(async () => void log.push('second'));
  await appendToOutbox(database.pool, [event('2')]);
  await second.drain();
  expect(log).toEqual(['first', 'first']);
  await first.stop();
  await appendToOutbox(database.pool, [event('3')]);
  await second.drain();
  expect(log).toEqual(['first', 'first', 'second']);
});

test('a relay whose connection breaks heals', async () => {
  const relay = startRelay();
  await appendToOutbox(database.pool, [event('1')]);
  await relay.drain();
  await database.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  await appendToOutbox(database.pool, [event('2')]);
  await relay.drain();
  expect(keys()).toEqual(['1', '2']);
});

/** As soon as old rows go, something is committed. */
const COMMIT_BESIDE_RETENTION = `
  CREATE FUNCTION commit_fresh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO outbox (id, topic, key, aggregatetype, aggregateid, type, payload)
    SELECT gen_random_uuid(), 'thing.v1', 'fresh', 'thing', 'fresh', 'thing.made', '{}'
    WHERE NOT EXISTS (SELECT FROM outbox WHERE key = 'fresh');
    RETURN NULL; END $$;
  CREATE TRIGGER commit_fresh AFTER DELETE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION commit_fresh()`;

test('what is committed while many old rows go does not wait for the last of them', async () => {
  await database.pool.query(COMMIT_BESIDE_RETENTION);
  await database.pool.query(
    `INSERT INTO outbox (id, topic, key, aggregatetype, aggregateid, type, payload, published_at)
     SELECT gen_random_uuid(), 'thing.v1', 'old', 'thing', 'old', 'thing.made', '{}', now() - interval '2 days'
     FROM generate_series(1, 5000)`,
  );
  const countOld = async () => (await database.pool.query("SELECT FROM outbox WHERE key = 'old'")).rowCount;
  let left: number | null = null;
  startRelay(async () => void (left = await countOld()));
  await expect.poll(() => left).not.toBeNull();
  expect(left).toBeGreaterThan(0);
  await expect.poll(countOld).toBe(0);
});

test('published rows go when they are old, unpublished ones stay', async () => {
  await appendToOutbox(database.pool, [event('1'), event('2')]);
  await database.pool.query("UPDATE outbox SET published_at = now() - interval '2 days' WHERE key = '1'");
  const relay = startRelay(undefined, 24 * 60 * 60 * 1000);
  await expect.poll(async () => (await database.pool.query('SELECT key FROM outbox')).rows).toEqual([{ key: '2' }]);
  await relay.drain();
});
