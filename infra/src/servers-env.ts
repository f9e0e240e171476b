import type { Ports } from './ports.ts';
import type { Secrets } from './native/secrets.ts';

/** How the servers are reached, under the names that our processes and tests read. */
export type ServersEnv = {
  KAFKA_BROKERS: string;
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
  STARLING_PORT_OFFSET: string;
};

export function serversEnv(ports: Ports, secrets: Secrets, brokers: number, portOffset: number): ServersEnv {
  const postgres = (port: number) => `postgres://postgres:${secrets.postgres}@127.0.0.1:${port}/postgres`;
  return {
    KAFKA_BROKERS: listed(ports.kafka.slice(0, brokers)),
    REDIS_NODES: listed([ports.redis]),
    REDIS_PASSWORD: secrets.redis,
    CLUSTER_NODES: listed(ports.redisCluster),
    ELASTICSEARCH_URL: `http://127.0.0.1:${ports.elasticsearch}`,
    ELASTICSEARCH_USERNAME: 'elastic',
    ELASTICSEARCH_PASSWORD: secrets.elasticsearch,
    POSTGRES_URL: postgres(ports.postgres),
    POSTGRES_REPLICA_URL: postgres(ports.postgresReplica),
    HAPROXY_DOOR: `127.0.0.1:${ports.haproxy.door}`,
    HAPROXY_STATS: `127.0.0.1:${ports.haproxy.stats}`,
    STARLING_PORT_OFFSET: String(portOffset),
  };
}

/** As a file that node:util's parseEnv and any shell read. */
export function renderEnv(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function listed(ports: readonly number[]): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(',');
}
