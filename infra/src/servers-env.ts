import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineName } from './engines.ts';
import type { Installation } from './native/installation.ts';

/** How the servers are reached, under the names that our processes and tests read. */
export type ServersEnv = {
  KAFKA_BROKERS: string;
  /** Copies of each partition: one on every broker. */
  KAFKA_REPLICATION_FACTOR: string;
  REDIS_NODES: string;
  REDIS_PASSWORD: string;
  /** Redis Cluster's; the password is the same. */
  CLUSTER_NODES: string;
  ELASTICSEARCH_URL: string;
  ELASTICSEARCH_USERNAME: string;
  ELASTICSEARCH_PASSWORD: string;
  /** The superuser's, database `postgres`. */
  POSTGRES_URL: string;
  POSTGRES_REPLICA_URL: string;
  HAPROXY_DOOR: string;
  HAPROXY_STATS: string;
  /** By what the ports of this installation are moved up. */
  SERVERS_PORT_OFFSET: string;
};

/** Of the engines that are asked for alone. */
export function serversEnv(
  { ports, secrets, brokers }: Pick<Installation, 'ports' | 'secrets' | 'brokers'>,
  { engines, portOffset }: { engines: readonly EngineName[]; portOffset: number },
): Partial<ServersEnv> {
  const postgres = (port: number) => `postgres://postgres:${secrets.postgres}@127.0.0.1:${port}/postgres`;
  const byEngine: Readonly<Record<EngineName, Partial<ServersEnv>>> = {
    kafka: { KAFKA_BROKERS: listed(ports.kafka.slice(0, brokers)), KAFKA_REPLICATION_FACTOR: String(brokers) },
    redis: { REDIS_NODES: listed([ports.redis]), REDIS_PASSWORD: secrets.redis },
    'redis-cluster': { CLUSTER_NODES: listed(ports.redisCluster), REDIS_PASSWORD: secrets.redis },
    elasticsearch: {
      ELASTICSEARCH_URL: `http://127.0.0.1:${ports.elasticsearch}`,
      ELASTICSEARCH_USERNAME: 'elastic',
      ELASTICSEARCH_PASSWORD: secrets.elasticsearch,
    },
    postgres: { POSTGRES_URL: postgres(ports.postgres), POSTGRES_REPLICA_URL: postgres(ports.postgresReplica) },
    haproxy: {
      HAPROXY_DOOR: `127.0.0.1:${ports.haproxy.door}`,
      HAPROXY_STATS: `127.0.0.1:${ports.haproxy.stats}`,
    },
  };
  return Object.assign(
    { SERVERS_PORT_OFFSET: String(portOffset) },
    ...engines.map((name) => byEngine[name]),
  ) as Partial<ServersEnv>;
}

/** As a file that node:util's parseEnv and any shell read, for its owner alone. */
export async function writeServersEnv(root: string, env: Partial<ServersEnv>): Promise<void> {
  const file = join(root, 'servers.env');
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(`${file}.new`, lines.join(''), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function listed(ports: readonly number[]): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(',');
}
