import type { Installation } from '../native/installation.ts';

/** What docker-compose.yml leaves open, as this installation fills it in; its defaults are those of the ports table. */
export function composeVariables(
  { ports, secrets, brokers }: Pick<Installation, 'ports' | 'secrets' | 'brokers'>,
  haproxyConfig: string,
): Record<string, string> {
  const members = Array.from({ length: brokers }, (_, index) => index + 1);
  return {
    POSTGRES_PORT: String(ports.postgres),
    POSTGRES_REPLICA_PORT: String(ports.postgresReplica),
    REDIS_PORT: String(ports.redis),
    ...numbered('REDIS_CLUSTER_PORT', 0, ports.redisCluster),
    ...numbered('KAFKA_PORT', 1, ports.kafka),
    ELASTICSEARCH_PORT: String(ports.elasticsearch),
    HAPROXY_STATS_PORT: String(ports.haproxy.stats),
    HAPROXY_CONFIG: haproxyConfig,
    POSTGRES_PASSWORD: secrets.postgres,
    REDIS_PASSWORD: secrets.redis,
    ELASTIC_PASSWORD: secrets.elasticsearch,
    KAFKA_VOTERS: members.map((id) => `${id}@kafka-${id}:9093`).join(','),
    KAFKA_COPIES: String(brokers),
    KAFKA_MIN_IN_SYNC: String(Math.max(1, brokers - 1)),
  };
}

function numbered(name: string, first: number, ports: readonly number[]): Record<string, string> {
  return Object.fromEntries(ports.map((port, index) => [`${name}_${first + index}`, String(port)]));
}
