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

test('Kafka is killed, and nothing fails', async () => {
  const { failures } = await trial.underLoad(() => isKilled('kafka-1'));
  expect(failures).toEqual({});
});

test('Elasticsearch is killed', () => trial.underLoad(() => isKilled('elasticsearch')));

async function flushRedis(): Promise<void> {
  const { REDIS_NODES = '', REDIS_PASSWORD = '' } = trial.engines.env;
  const [host = '', port = ''] = REDIS_NODES.split(':');
  const redis = new Redis({ host, port: Number(port), password: REDIS_PASSWORD, lazyConnect: true });
  await redis.connect();
  await redis.flushall();
  redis.disconnect();
}
