import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { connectRedis } from '@starling/kit/redis/redis-connection.ts';
import { createMemoryNonces, type NonceStore } from '@starling/kit/signing/nonces.ts';
import { createRedisNonces } from '@starling/kit/signing/redis-nonces.ts';
import { findServers } from '../support/servers.ts';

const servers = await findServers('redis', 'redis-cluster');
const logger = createLogger({ name: 'test', level: 'silent' });

/** Two instances of one service; in one process they are the same. */
type Opened = { stores: [NonceStore, NonceStore]; close(): Promise<void> };

const ADAPTERS: [string, () => Promise<Opened>][] = [
  [
    'in process',
    async () => {
      const store = createMemoryNonces();
      return { stores: [store, store], close: async () => undefined };
    },
  ],
  ...(servers
    ? ([
        ['Redis', () => openRedis({ ...servers.redis, cluster: false })],
        ['Redis Cluster', () => openRedis({ ...servers.redisCluster, cluster: true })],
      ] satisfies [string, () => Promise<Opened>][])
    : []),
];

async function openRedis(access: { nodes: readonly string[]; password: string; cluster: boolean }): Promise<Opened> {
  const redis = await connectRedis({ ...access, logger });
  const namespace = `test-${randomUUID()}`;
  return {
    stores: [createRedisNonces({ redis, namespace }), createRedisNonces({ redis, namespace })],
    close: () => redis.close(),
  };
}

describe.each(ADAPTERS)('nonces %s', (_name, open) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('are claimed once, by whomever of the instances', async () => {
    const [one, other] = opened.stores;
    const nonce = randomUUID();
    expect(await one.claim(nonce, 5_000)).toBe(true);
    expect(await one.claim(nonce, 5_000)).toBe(false);
    expect(await other.claim(nonce, 5_000)).toBe(false);
    expect(await other.claim(randomUUID(), 5_000)).toBe(true);
  });

  test('are claimed once when many claim at once', async () => {
    const nonce = randomUUID();
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, index) => opened.stores[index % 2 === 0 ? 0 : 1].claim(nonce, 5_000)),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });
});

test('nonces in this process are forgotten in time', async () => {
  let now = 0;
  const store = createMemoryNonces({ now: () => now });
  expect(await store.claim('a', 100)).toBe(true);
  now = 99;
  expect(await store.claim('a', 100)).toBe(false);
  now = 100;
  expect(await store.claim('b', 100)).toBe(true);
  expect(await store.claim('a', 100)).toBe(true);
});

test('while Redis is away each instance remembers its own', async () => {
  const away = { run: () => Promise.reject(new StarlingError('UNAVAILABLE', 'Redis cannot be reached')) };
  const store = createRedisNonces({ redis: away, namespace: 'test' });
  expect(await store.claim('a', 1_000)).toBe(true);
  expect(await store.claim('a', 1_000)).toBe(false);
});
