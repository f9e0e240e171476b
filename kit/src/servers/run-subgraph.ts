import type { z } from 'zod';
import type { Logger } from '../logger.ts';
import type { ServiceDefinition, ServiceOf } from '../rpc/definition.ts';
import { grpcService, serveGrpc, type GrpcServerOptions } from '../rpc/grpc-server.ts';
import type { IndexOptions, SearchIndex } from '../search-index/port.ts';
import { serveSubgraph } from '../serve-subgraph/serve-subgraph.ts';
import { createRedisNonces } from '../signing/redis-nonces.ts';
import type { OpenedSubgraph } from '../subgraph/port.ts';
import { metricsText } from '../telemetry/metrics.ts';
import { openServices, type Definitions, type Services } from './asked-services.ts';
import {
  elasticsearchConfig,
  redisConfig,
  rpcTargets,
  type ElasticsearchConfig,
  type ProcessConfig,
} from './config.ts';
import { openServers, searchIndexesOn, type ServerPorts } from './open-servers.ts';
import { runProcess, type ProcessFrame } from './run-process.ts';

/** What the composition root of a lone subgraph hands to its `open.ts`. */
export type SharedOnServers<Asked extends Definitions> = Omit<ServerPorts, 'close'> & {
  services: Services<Asked>;
  logger: Logger;
  /** Rejects for a subgraph that has not said that it searches. */
  searchIndex(name: string, options: IndexOptions): Promise<SearchIndex>;
};

export type SubgraphProcess<Schema extends z.ZodObject, Asked extends Definitions, Rpc extends ServiceDefinition> = {
  name: string;
  config: Schema;
  /** The services it asks, by their names. */
  asks: Asked;
  /** The service it answers others with. */
  answers?: Rpc;
  /** Whether it needs Elasticsearch. */
  searches?: boolean;
  open(config: z.output<Schema>, shared: SharedOnServers<Asked>): Promise<OpenedSubgraph<ServiceOf<Rpc>>>;
};

/** A lone subgraph: GraphQL over HTTP and WebSocket for the gateway, gRPC for the other services. */
export function runSubgraph<Schema extends z.ZodObject, Asked extends Definitions, Rpc extends ServiceDefinition>(
  definition: SubgraphProcess<Schema, Asked, Rpc>,
): Promise<void> {
  const { name, config: schema, asks, searches = false } = definition;
  return runProcess({
    name,
    description: `Serves the subgraph ${name}.`,
    isBalanced: true,
    parts: () => ({
      own: { prefix: name.toUpperCase(), schema },
      redis: { prefix: 'REDIS', schema: redisConfig },
      rpc: { prefix: 'RPC', schema: rpcTargets(Object.keys(asks)), isShared: true },
      ...(searches ? { elasticsearch: { prefix: 'ELASTICSEARCH', schema: elasticsearchConfig } } : {}),
    }),
    start: (config, frame) => start(definition, config as unknown as Config<Schema>, frame),
  });
}

type Config<Schema extends z.ZodObject> = {
  own: z.output<Schema>;
  redis: z.output<typeof redisConfig>;
  rpc: Record<string, string>;
  elasticsearch?: ElasticsearchConfig;
  process: ProcessConfig;
};

async function start<Schema extends z.ZodObject, Asked extends Definitions, Rpc extends ServiceDefinition>(
  definition: SubgraphProcess<Schema, Asked, Rpc>,
  config: Config<Schema>,
  frame: ProcessFrame,
): Promise<void> {
  const { namespace, signingKeys: keys, host } = config.process;
  const { logger } = frame;
  const servers = await openServers({ redis: config.redis, namespace, logger });
  await frame.add({ name: 'servers', close: servers.close });
  const asked = openServices(definition.asks, { targets: config.rpc, keys, logger });
  await frame.add({ name: 'services', close: asked.close });

  const opened = await definition.open(config.own, {
    ...servers,
    services: asked.services,
    searchIndex: config.elasticsearch
      ? searchIndexesOn(config.elasticsearch, { namespace, logger })
      : () => Promise.reject(new Error(`The subgraph ${definition.name} has not said that it searches.`)),
    logger,
  });
  await frame.add({ name: definition.name, close: opened.close });

  const trust = { keys, nonces: createRedisNonces({ redis: servers.redis.connection, namespace }) };
  if (definition.answers)
    await answer(
      definition.answers,
      opened.rpc,
      { ...trust, audience: definition.name, process: config.process },
      frame,
    );
  const http = await serveSubgraph({
    subgraph: opened.subgraph,
    ...trust,
    host,
    port: config.process.httpPort,
    ...frame.health(),
    metrics: metricsText,
    logger,
  });
  await frame.add({ name: 'http', pause: http.pause, drain: http.drain, close: http.close });
}

async function answer<Rpc extends ServiceDefinition>(
  service: Rpc,
  handlers: ServiceOf<Rpc>,
  {
    process: { host, rpcPort },
    ...trust
  }: Pick<GrpcServerOptions, 'keys' | 'nonces' | 'audience'> & { process: ProcessConfig },
  { add, logger }: ProcessFrame,
): Promise<void> {
  const { pause, drain, close } = await serveGrpc({
    services: [grpcService(service, handlers)],
    address: `${host}:${rpcPort}`,
    ...trust,
    logger,
  });
  await add({ name: 'rpc', pause, drain, close });
}
