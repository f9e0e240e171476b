import type { Environment } from '@starling/kit/config/read-config.ts';
import { createDatabases, databaseUrls } from './create-databases.ts';
import { planProcesses, rpcTargets, subgraphUrls, type Constellation } from './plan-processes.ts';
import { stopAll, supervise, type Supervised, type SuperviseOptions } from './supervise.ts';

export type ConstellationOptions = Omit<Constellation, 'common'> &
  SuperviseOptions & {
    /** Where the servers are, as `npm run servers -- up` has written it. */
    servers: Environment;
    /** Sends them to the Redis Cluster rather than to the single Redis. */
    redisCluster?: boolean;
    namespace: string;
    signingKeys: string;
    /** For every process, such as LOG_LEVEL. */
    extra?: Environment;
  };

export type StartedConstellation = {
  processes: readonly Supervised[];
  /** What any process of it is told; `connectStack` takes it. */
  env: Environment;
  /** Resolves once all of them are ready; rejects with the reason of one that has ended before. */
  ready(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts every process on servers that run; their databases are created if missing. */
export async function startConstellation(options: ConstellationOptions): Promise<StartedConstellation> {
  const { servers, namespace, extra = {} } = options;
  await createDatabases(given(servers, 'POSTGRES_URL'), namespace);
  const common = { ...extra, ...serversEnvironment(options) };
  const constellation = { ...options, common };
  const processes = await supervise(planProcesses(constellation), options);
  return {
    processes,
    env: { ...common, ...rpcTargets(constellation), ...subgraphUrls(constellation) },
    async ready() {
      await Promise.all(processes.map((one) => one.ready()));
    },
    stop: () => stopAll(processes),
  };
}

/** What every process is told of the servers. */
export function serversEnvironment({
  servers,
  namespace,
  signingKeys,
  redisCluster = false,
}: Pick<ConstellationOptions, 'servers' | 'namespace' | 'signingKeys' | 'redisCluster'>): Environment {
  return {
    STARLING_NAMESPACE: namespace,
    STARLING_SIGNING_KEYS: signingKeys,
    KAFKA_BROKERS: given(servers, 'KAFKA_BROKERS'),
    KAFKA_REPLICATION_FACTOR: servers['KAFKA_REPLICATION_FACTOR'],
    REDIS_NODES: given(servers, redisCluster ? 'CLUSTER_NODES' : 'REDIS_NODES'),
    REDIS_CLUSTER: String(redisCluster),
    REDIS_PASSWORD: servers['REDIS_PASSWORD'],
    ELASTICSEARCH_URL: given(servers, 'ELASTICSEARCH_URL'),
    ELASTICSEARCH_USERNAME: servers['ELASTICSEARCH_USERNAME'],
    ELASTICSEARCH_PASSWORD: servers['ELASTICSEARCH_PASSWORD'],
    ...databaseUrls(
      { url: given(servers, 'POSTGRES_URL'), replicaUrl: servers['POSTGRES_REPLICA_URL'] ?? null },
      namespace,
    ),
  };
}

function given(servers: Environment, name: string): string {
  const value = servers[name];
  if (value) return value;
  throw new Error(`${name} is not known. Bring the servers up first: npm run servers -- up`);
}
