import { connectRedis, type RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { randomUUID } from 'node:crypto';
import { findServers } from './servers.ts';

/** A Redis that several test files share: everything a test makes lies in a namespace of its own. */
export type TestRedis = {
  connection: RedisConnection;
  /** A name that nobody else uses, for one test. */
  newNamespace(): string;
  /** As if so many milliseconds had gone by for the keys of a namespace. */
  advance(namespace: string, ms: number): Promise<void>;
  /** Removes what was made, and closes the connection. */
  close(): Promise<void>;
};

export type RedisKind = { name: string; isMissing: boolean; open(): Promise<TestRedis> };

/** Of either kind, to skip what cannot be tested here: a file without a single test would fail. */
export async function redisKinds(): Promise<RedisKind[]> {
  const servers = await findServers('redis', 'redis-cluster');
  const connectOrFail = (isCluster: boolean) => {
    if (servers === null) throw new Error('There is no Redis. Bring the servers up first: npm run servers -- up');
    return connectTo(isCluster ? servers.redisCluster : servers.redis, isCluster);
  };
  const kind = (name: string, isCluster: boolean): RedisKind => ({
    ...{ name, isMissing: servers === null },
    open: () => openTestRedis(async () => connectOrFail(isCluster)),
  });
  return [kind('Redis', false), kind('Redis Cluster', true)];
}

/** The kinds that answer here; none without servers. */
export async function findRedis(): Promise<RedisKind[]> {
  return (await redisKinds()).filter(({ isMissing }) => !isMissing);
}

export function connectTo(
  { nodes, password }: { nodes: readonly string[]; password: string },
  cluster: boolean,
): Promise<RedisConnection> {
  return connectRedis({ nodes, password, cluster, logger: SILENT });
}

export const SILENT = createLogger({ name: 'test', level: 'silent' });

async function openTestRedis(connect: () => Promise<RedisConnection>): Promise<TestRedis> {
  const connection = await connect();
  const prefix = `test-${randomUUID()}`;
  let namespaces = 0;
  return {
    connection,
    newNamespace: () => `${prefix}-${(namespaces += 1)}`,
    async advance(namespace, ms) {
      await forEachKey(connection, namespace, async (key) => {
        const left = await connection.client.pttl(key);
        if (left >= 0) await connection.client.pexpire(key, left - ms);
      });
    },
    async close() {
      await forEachKey(connection, prefix, (key) => connection.client.unlink(key));
      await connection.close();
    },
  };
}

async function forEachKey(
  { masters }: RedisConnection,
  prefix: string,
  visit: (key: string) => Promise<unknown>,
): Promise<void> {
  for (const node of masters()) {
    for await (const keys of node.scanStream({ match: `*${prefix}*`, count: 1_000 }) as AsyncIterable<string[]>)
      await Promise.all(keys.map(visit));
  }
}
