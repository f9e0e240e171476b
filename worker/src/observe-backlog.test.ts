import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendToOutbox } from '@starling/kit/outbox/append.ts';
import { metricsText } from '@starling/kit/telemetry/metrics.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { observeBacklog } from './observe-backlog.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `CREATE TABLE outbox (
       seq BIGSERIAL PRIMARY KEY, id UUID NOT NULL UNIQUE, topic TEXT NOT NULL, key TEXT NOT NULL, aggregatetype TEXT NOT NULL,
       aggregateid TEXT NOT NULL, type TEXT NOT NULL, payload JSONB NOT NULL, headers JSONB NOT NULL DEFAULT '{}',
       created_at TIMESTAMPTZ NOT NULL DEFAULT now(), published_at TIMESTAMPTZ)`,
  );
});
afterEach(() => database.drop());

test('what waits is shown as it is when it is asked for', async () => {
  const event = { topic: 't.v1', key: '1', aggregateType: 't', aggregateId: '1', type: 't.made', payload: {} };
  await appendToOutbox(database.pool, [event, event]);
  await database.pool.query("UPDATE outbox SET created_at = now() - interval '90 seconds'");
  const lag = [
    { topic: 't.v1', partition: 0, committed: 3n, end: 10n },
    { topic: 't.v1', partition: 1, committed: 5n, end: 5n },
    { topic: 'u.v1', partition: 0, committed: 0n, end: 1n },
  ];
  const stop = observeBacklog({
    log: { lag: async () => lag },
    sources: [{ name: 'waiting', pool: database.pool }],
    consumers: [{ group: 'readers', topics: ['t.v1', 'u.v1'] }],
  });
  const text = await metricsText();
  stop();
  expect(text).toContain('starling_outbox_waiting_rows{outbox="waiting"} 2');
  expect(text).toMatch(/starling_outbox_oldest_seconds{outbox="waiting"} 9\d\./);
  expect(text).toContain('starling_log_lag_records{group="readers",topic="t.v1"} 7');
  expect(text).toContain('starling_log_lag_records{group="readers",topic="u.v1"} 1');
});
