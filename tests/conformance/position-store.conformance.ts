import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbeddedPositionStore } from '@starling/kit/consistency/embedded.ts';
import type { PositionStore } from '@starling/kit/consistency/port.ts';
import { createRedisPositionStore } from '@starling/kit/consistency/redis.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { connectRedis } from '@starling/kit/redis/redis-connection.ts';
import { findServers } from '../support/servers.ts';

const servers = await findServers('redis', 'redis-cluster');
const logger = createLogger({ name: 'test', level: 'silent' });
const TTL_MS = 2_000;

/** Two processes with one store. */
type Opened = { stores: [PositionStore, PositionStore]; close(): Promise<void> };

const ADAPTERS: [string, () => Promise<Opened>][] = [
  [
    'in process',
    async () => {
      const store = createEmbeddedPositionStore({ ttlMs: TTL_MS });
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
  const options = { redis, namespace: `test-${randomUUID()}`, ttlMs: TTL_MS };
  return {
    stores: [createRedisPositionStore(options), createRedisPositionStore(options)],
    close: () => redis.close(),
  };
}

describe.each(ADAPTERS)('positions %s', (_name, open) => {
  let opened: Opened;
  let one: PositionStore;
  let other: PositionStore;
  beforeAll(async () => {
    opened = await open();
    [one, other] = opened.stores;
  });
  afterAll(() => opened.close());

  test('what one notes the other reads, and of somebody else nothing', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    await one.note(ada, { tweets: '0/16B3748', graph: 'A/0' });
    expect(await other.read(ada)).toEqual({ tweets: '0/16B3748', graph: 'A/0' });
    expect(await other.read(bob)).toEqual({});
  });

  test('of several positions of a database the furthest stays, in whatever order they come', async () => {
    const ada = randomUUID();
    const positions = ['0/FFFFFFFF', '1/0', '0/1', '1/2', '0/FFFFFFFE'];
    await Promise.all(
      positions.map((tweets, index) => (index % 2 ? one : other).note(ada, { tweets, [`db${index}`]: '0/1' })),
    );
    const { tweets, ...rest } = await one.read(ada);
    expect(tweets).toBe('1/2');
    expect(Object.keys(rest)).toHaveLength(positions.length);
  });

  test('a position that cannot be read is further than any', async () => {
    const ada = randomUUID();
    await one.note(ada, { tweets: '0/1' });
    await one.note(ada, { tweets: 'nonsense' });
    await one.note(ada, { tweets: '7FFFF/0' });
    const [high = '0'] = (await other.read(ada))['tweets']?.split('/') ?? [];
    expect(parseInt(high, 16)).toBeGreaterThanOrEqual(0x7ffff);
    expect((await other.read(ada))['tweets']).not.toBe('7FFFF/0');
  });

  test('a position goes when its time is over, which each write begins anew', async () => {
    const ada = randomUUID();
    await one.note(ada, { tweets: '0/1' });
    await delay(TTL_MS * 0.6);
    await one.note(ada, { graph: '0/2' });
    await delay(TTL_MS * 0.6);
    expect(await other.read(ada)).toEqual({ tweets: '0/1', graph: '0/2' });
    await expect.poll(() => other.read(ada)).toEqual({});
  });
});
