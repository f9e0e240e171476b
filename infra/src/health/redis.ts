import { Redis } from 'ioredis';

type RedisAddress = { port: number; password: string };

/** Rejects unless Redis answers a PING. */
export function checkRedis(address: RedisAddress): Promise<void> {
  return withRedis(address, async (redis) => {
    await redis.ping();
  });
}

/** Rejects unless the node finds all slots of its cluster served. */
export function checkRedisCluster(address: RedisAddress, nodes: number): Promise<void> {
  return withRedis(address, async (redis) => {
    const info = await redis.cluster('INFO');
    const value = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? 'unknown';
    if (value('cluster_state') !== 'ok') throw new Error(`cluster_state is ${value('cluster_state')}`);
    if (value('cluster_known_nodes') !== String(nodes))
      throw new Error(`${value('cluster_known_nodes')} of ${nodes} nodes know each other`);
  });
}

/** Makes an empty node forget all others. */
export function resetClusterNode(address: RedisAddress): Promise<void> {
  return withRedis(address, async (redis) => {
    await redis.cluster('RESET', 'HARD');
  });
}

/** Makes the node look for another one at its port, and the port where that one talks to nodes. */
export function meetClusterNode(address: RedisAddress, other: { port: number; bus: number }): Promise<void> {
  return withRedis(address, async (redis) => {
    await redis.call('CLUSTER', 'MEET', '127.0.0.1', other.port, other.bus);
  });
}

async function withRedis<T>({ port, password }: RedisAddress, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    password,
    lazyConnect: true,
    connectTimeout: 5000,
    commandTimeout: 5000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Also said by the rejections below.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
