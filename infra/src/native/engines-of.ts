import { ENGINE_NAMES, type EngineName } from '../engines.ts';
import { elasticsearchEngine } from './engines/elasticsearch.ts';
import { haproxyEngine } from './engines/haproxy.ts';
import { kafkaEngine } from './engines/kafka.ts';
import { postgresEngine } from './engines/postgres.ts';
import { redisClusterEngine } from './engines/redis-cluster.ts';
import { redisEngine } from './engines/redis.ts';
import type { Engine, Installation } from './installation.ts';

const CREATE: Readonly<Record<EngineName, (installation: Installation) => Engine>> = {
  postgres: postgresEngine,
  redis: redisEngine,
  'redis-cluster': redisClusterEngine,
  kafka: kafkaEngine,
  elasticsearch: elasticsearchEngine,
  haproxy: haproxyEngine,
};

/** The engines of an installation, by default all. */
export function enginesOf(installation: Installation, names: readonly EngineName[] = ENGINE_NAMES): Engine[] {
  return names.map((name) => CREATE[name](installation));
}
