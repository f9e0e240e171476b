import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goOn } from '../support/load/under-load.ts';
import { startTrial, type Trial } from '../support/trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await startTrial({
    seed: 25,
    own: ['redis-cluster', 'kafka'],
    brokers: 3,
    redisCluster: true,
    copies: 1,
  });
});
afterAll(() => trial?.end());

test('without a fault nothing fails', async () => {
  const { failures } = await trial.underLoad(async () => undefined);
  expect(failures).toEqual({});
});

test('one Kafka broker of three is killed, each in its turn', async () => {
  const { failures } = await trial.underLoad(async (load) => {
    for (const broker of ['kafka-1', 'kafka-2', 'kafka-3']) {
      await trial.engines.signal(broker, 'SIGKILL');
      await goOn(load, 50);
      await trial.engines.start(broker);
    }
  });
  expect(failures).toEqual({});
});

test('a master of the Redis Cluster is killed, and its replica takes over', async () => {
  await trial.underLoad(async (load) => {
    const master = await someMaster();
    await trial.engines.signal(master, 'SIGKILL');
    await goOn(load, 50);
    await trial.engines.start(master);
  });
});

test('a master of the Redis Cluster is paused, for longer than its replica waits', async () => {
  await trial.underLoad(async () => {
    const master = await someMaster();
    await trial.engines.signal(master, 'SIGSTOP');
    await pause(10_000);
    await trial.engines.signal(master, 'SIGCONT');
  });
});

/** The first of the nodes that is one now. */
async function someMaster(): Promise<string> {
  const { CLUSTER_NODES = '', REDIS_PASSWORD = '' } = trial.engines.env;
  for (const [index, node] of CLUSTER_NODES.split(',').entries()) {
    const [host = '', port = ''] = node.split(':');
    const redis = new Redis({ host, port: Number(port), password: REDIS_PASSWORD, lazyConnect: true });
    await redis.connect();
    const [role] = (await redis.role()) as [string];
    redis.disconnect();
    const name = trial.engines.instances.filter((instance) => instance.startsWith('redis-cluster'))[index];
    if (role === 'master' && name !== undefined) return name;
  }
  throw new Error('The cluster has no master.');
}
