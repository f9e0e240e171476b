import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goOn } from '../support/load/under-load.ts';
import { startTrial, type Trial } from '../support/trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await startTrial({ seed: 24, own: ['postgres', 'redis', 'kafka', 'elasticsearch'], copies: 1 });
});
afterAll(() => trial?.end());

/** Longer than any client waits for an answer before it says that the server is away. */
const PAUSE_MS = 10_000;

async function isPaused(instance: string): Promise<void> {
  await trial.engines.signal(instance, 'SIGSTOP');
  await pause(PAUSE_MS);
  await trial.engines.signal(instance, 'SIGCONT');
}

async function isKilled(instance: string): Promise<void> {
  await trial.engines.signal(instance, 'SIGKILL');
  await pause(2_000);
  await trial.engines.start(instance);
}

test('without a fault nothing fails', async () => {
  const { failures } = await trial.underLoad(async () => undefined);
  expect(failures).toEqual({});
});

describe('Postgres', () => {
  test('is restarted', async () => {
    await trial.underLoad(async () => {
      await trial.engines.stop('postgres');
      await trial.engines.start('postgres');
    });
  });

  test('is killed', () => trial.underLoad(() => isKilled('postgres')));

  test('is paused', () => trial.underLoad(() => isPaused('postgres')));

  test('loses its replica, which nobody notices', async () => {
    const { failures } = await trial.underLoad(async (load) => {
      await trial.engines.stop('postgres-replica');
      await goOn(load, 30);
      await trial.engines.start('postgres-replica');
    });
    expect(failures).toEqual({});
  });
});

describe('Redis', () => {
  test('is killed, and comes back empty', () => trial.underLoad(() => isKilled('redis')));

  test('is paused', () => trial.underLoad(() => isPaused('redis')));

  test('forgets everything', async () => {
    const { failures } = await trial.underLoad(async (load) => {
      for (let round = 0; round < 3; round += 1) {
        await flushRedis();
        await goOn(load, 20);
      }
    });
    expect(failures).toEqual({});
  });
});

describe('Kafka', () => {
  test('is killed', async () => {
    const { failures } = await trial.underLoad(() => isKilled('kafka-1'));
    expect(failures).toEqual({});
  });

  test('is paused', async () => {
    const { failures } = await trial.underLoad(() => isPaused('kafka-1'));
    expect(failures).toEqual({});
  });
});

describe('Elasticsearch', () => {
  test('is paused', () => trial.underLoad(() => isPaused('elasticsearch')));

  test('is gone for a minute', async () => {
    await trial.underLoad(async (load) => {
      await trial.engines.signal('elasticsearch', 'SIGKILL');
      await Promise.all([pause(60_000), goOn(load, 100)]);
      await trial.engines.start('elasticsearch');
    });
  });
});

async function flushRedis(): Promise<void> {
  const { REDIS_NODES = '', REDIS_PASSWORD = '' } = trial.engines.env;
  const [host = '', port = ''] = REDIS_NODES.split(':');
  const redis = new Redis({ host, port: Number(port), password: REDIS_PASSWORD, lazyConnect: true });
  await redis.connect();
  await redis.flushall();
  redis.disconnect();
}
