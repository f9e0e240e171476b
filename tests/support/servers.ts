import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ENGINE_NAMES, type EngineName } from '@starling/infra/engines.ts';
import type { ServersEnv } from '@starling/infra/servers-env.ts';
import { DEFAULT_ROOT } from '@starling/infra/native/open-installation.ts';

/** How tests reach the servers that `npm run servers -- up` has started; several test files share them at once. */
export type Servers = {
  kafka: { brokers: readonly string[] };
  redis: { nodes: readonly string[]; password: string };
  redisCluster: { nodes: readonly string[]; password: string };
  elasticsearch: { url: string; username: string; password: string };
  /** The superuser's, on the database `postgres`. */
  postgres: { url: string; replicaUrl: string };
  /** `host:port` of HAProxy. */
  haproxy: { door: string; stats: string };
  /** The same as variables. */
  env: ServersEnv;
};

/**
 * The servers, if those of the kinds that are needed (by default all) answer, else null: `describe.skipIf(servers === null)`.
 * With TEST_REQUIRE_SERVERS=1 it throws instead, so that nothing is left out unseen.
 */
export async function findServers(...needs: readonly EngineName[]): Promise<Servers | null> {
  try {
    const env = parseEnv(readFileSync(join(DEFAULT_ROOT, 'servers.env'), 'utf8')) as ServersEnv;
    const servers = toServers(env);
    await Promise.all(
      (needs.length > 0 ? needs : ENGINE_NAMES).flatMap((name) => addressesOf(servers, name)).map(knock),
    );
    return servers;
  } catch (cause) {
    if (process.env.TEST_REQUIRE_SERVERS !== '1') return null;
    throw new Error('The servers are required here, and they do not answer: npm run servers -- up', { cause });
  }
}

/** From the variables that tell of them. */
export function toServers(env: ServersEnv): Servers {
  return {
    kafka: { brokers: env.KAFKA_BROKERS.split(',') },
    redis: { nodes: env.REDIS_NODES.split(','), password: env.REDIS_PASSWORD },
    redisCluster: { nodes: env.CLUSTER_NODES.split(','), password: env.REDIS_PASSWORD },
    elasticsearch: {
      url: env.ELASTICSEARCH_URL,
      username: env.ELASTICSEARCH_USERNAME,
      password: env.ELASTICSEARCH_PASSWORD,
    },
    postgres: { url: env.POSTGRES_URL, replicaUrl: env.POSTGRES_REPLICA_URL },
    haproxy: { door: env.HAPROXY_DOOR, stats: env.HAPROXY_STATS },
    env,
  };
}

function addressesOf(servers: Servers, engine: EngineName): readonly string[] {
  const hosts = (...urls: readonly string[]) => urls.map((url) => new URL(url).host);
  switch (engine) {
    case 'kafka':
      return servers.kafka.brokers;
    case 'redis':
      return servers.redis.nodes;
    case 'redis-cluster':
      return servers.redisCluster.nodes;
    case 'elasticsearch':
      return hosts(servers.elasticsearch.url);
    case 'postgres':
      return hosts(servers.postgres.url, servers.postgres.replicaUrl);
    case 'haproxy':
      return [servers.haproxy.stats];
  }
}

/** Rejects unless somebody listens there. */
async function knock(address: string): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect({ host, port: Number(port), signal: AbortSignal.timeout(10_000) });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
