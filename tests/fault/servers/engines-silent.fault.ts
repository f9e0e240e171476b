import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goOn } from '../support/load/under-load.ts';
import { startTrial, type Trial } from '../support/trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await startTrial({ seed: 26, own: ['postgres', 'redis', 'kafka', 'elasticsearch'], copies: 1 });
});
afterAll(() => trial?.end());

/** Longer than any client waits for an answer before it says that the server is away. */
const PAUSE_MS = 10_000;

async function isPaused(instance: string): Promise<void> {
  await trial.engines.signal(instance, 'SIGSTOP');
  await pause(PAUSE_MS);
  await trial.engines.signal(instance, 'SIGCONT');
}

test('Postgres is paused', () => trial.underLoad(() => isPaused('postgres')));

test('Redis is paused', () => trial.underLoad(() => isPaused('redis')));

test('Kafka is paused, and nothing fails', async () => {
  const { failures } = await trial.underLoad(() => isPaused('kafka-1'));
  expect(failures).toEqual({});
});

test('Elasticsearch is paused', () => trial.underLoad(() => isPaused('elasticsearch')));

test('Elasticsearch is gone for a minute', async () => {
  await trial.underLoad(async (load) => {
    await trial.engines.signal('elasticsearch', 'SIGKILL');
    await Promise.all([pause(60_000), goOn(load, 100)]);
    await trial.engines.start('elasticsearch');
  });
});
