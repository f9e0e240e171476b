import { createHttpSubgraph } from '@starling/gateway/http-subgraph.ts';
import { gatewayConfig } from '@starling/gateway/config.ts';
import { startGateway } from '@starling/gateway/create-gateway.ts';
import { readConfigs, type Environment } from '@starling/kit/config/read-config.ts';
import { createDeadLetters } from '@starling/kit/event-log/dead-letters.ts';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import { createHealth } from '@starling/kit/lifecycle/health.ts';
import { createLifecycle, type Lifecycle } from '@starling/kit/lifecycle/lifecycle.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { isEmpty } from '@starling/kit/outbox/backlog.ts';
import { openServices } from '@starling/kit/servers/asked-services.ts';
import {
  elasticsearchConfig,
  kafkaConfig,
  processConfig,
  redisConfig,
  rpcTargets,
  subgraphUrls,
} from '@starling/kit/servers/config.ts';
import { openServers, searchIndexesOn } from '@starling/kit/servers/open-servers.ts';
import { SUBGRAPH_NAMES } from '@starling/infra/ports.ts';
import { readSupergraph } from '@starling/schema/read-supergraph.ts';
import { drain } from '@starling/worker/drain.ts';
import { CONFIGS, openByName } from '@starling/worker/open-by-name.ts';
import { SERVICES } from '@starling/worker/services.ts';
import { topics } from '@starling/worker/topics.ts';
import { executeAs } from '../execute-as.ts';
import type { Stack } from '../start-stack.ts';

const parts = {
  process: { prefix: 'STARLING', schema: processConfig },
  kafka: { prefix: 'KAFKA', schema: kafkaConfig },
  redis: { prefix: 'REDIS', schema: redisConfig },
  elasticsearch: { prefix: 'ELASTICSEARCH', schema: elasticsearchConfig },
  rpc: { prefix: 'RPC', schema: rpcTargets(['users', 'graph', 'tweets']) },
  subgraph: { prefix: 'SUBGRAPH', schema: subgraphUrls(SUBGRAPH_NAMES) },
  gateway: { prefix: 'GATEWAY', schema: gatewayConfig, given: { port: 0 } },
  users: { prefix: 'USERS', schema: CONFIGS.users },
  graph: { prefix: 'GRAPH', schema: CONFIGS.graph },
  tweets: { prefix: 'TWEETS', schema: CONFIGS.tweets },
  timeline: { prefix: 'TIMELINE', schema: CONFIGS.timeline },
  search: { prefix: 'SEARCH', schema: CONFIGS.search },
} as const;

export type ConnectOptions = {
  /** As any process of the constellation has it. */
  env: Environment;
  /** Where clients find the door. */
  port: number;
  logger: Logger;
};

/**
 * A constellation of processes that runs elsewhere, as the same object that `startStack` gives: its services over gRPC, a
 * gateway of our own in front of its subgraphs, and what operators do on its servers. `stop` leaves it running.
 */
export async function connectStack({ env, port, logger }: ConnectOptions): Promise<Stack> {
  const lifecycle = createLifecycle({ logger, deadlineMs: 10_000 });
  try {
    return await connect(readConfigs(parts, env), { port, logger }, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

type Config = ReturnType<typeof readConfigs<{ [Part in keyof typeof parts]: (typeof parts)[Part]['schema'] }>>;

async function connect(
  config: Config,
  { port, logger }: Omit<ConnectOptions, 'env'>,
  { add, stop }: Pick<Lifecycle, 'add' | 'stop'>,
): Promise<Stack> {
  const { namespace, signingKeys: keys } = config.process;
  const servers = await openServers({ redis: config.redis, namespace, logger });
  await add({ name: 'servers', close: servers.close });
  const log = await createKafkaEventLog({ ...config.kafka, namespace, clientId: `operator-${process.pid}`, logger });
  await add({ name: 'event log', close: log.close });
  const { services, close } = openServices(SERVICES, { targets: config.rpc, keys, logger });
  await add({ name: 'services', close });
  const searchIndex = searchIndexesOn(config.elasticsearch, { namespace, logger });
  const opened = await openByName(SUBGRAPH_NAMES, config, { ...servers, services, log, searchIndex, logger });
  for (const { name, close: closeOne } of Object.values(opened)) await add({ name, close: closeOne });
  const gateway = await startOwnGateway(config, { services, servers, logger });
  await add({ name: 'gateway', pause: gateway.stop });

  const { users, graph, tweets, timeline } = opened;
  const all = Object.values(opened);
  const relays = all.flatMap(({ outbox }) => (outbox === null ? [] : [{ isIdle: () => isEmpty(outbox.pool) }]));
  return {
    port,
    services,
    operators: {
      ...users.operators,
      reconcilePeople: graph.operators.reconcileCounters,
      reconcileTweets: tweets.operators.reconcileCounters,
      rebuildSearch: opened.search.operators.rebuild,
      dropTimelines: timeline.dropTimelines,
      dropAllTimelines: timeline.dropAllTimelines,
      deadLetters: createDeadLetters(log, topics),
    },
    executeAs: (viewerId, query, variables) => executeAs(gateway, viewerId, query, variables),
    collapseWithin: config.timeline.collapseWithin,
    async drain(options) {
      await drain({ log, relays, consumers: all.flatMap(({ consumers }) => consumers) }, options);
      // What is written is not found before.
      await opened.search.refresh();
    },
    async dropImages() {
      await servers.forgetImages();
      await timeline.dropAllTimelines();
    },
    liveChannels: () => servers.pubsub.channelCount(),
    stop,
  };
}

async function startOwnGateway(
  { gateway, subgraph, process: { signingKeys: keys } }: Config,
  {
    services,
    servers,
    logger,
  }: { services: Pick<Stack['services'], 'users'>; servers: Awaited<ReturnType<typeof openServers>>; logger: Logger },
) {
  const healthy = createHealth([]);
  return startGateway(gateway, {
    supergraphSdl: await readSupergraph(),
    subgraphs: SUBGRAPH_NAMES.map((name) =>
      createHttpSubgraph({ name, url: subgraph[`${name}Url`] ?? '', keys, logger }),
    ),
    users: services.users,
    cache: servers.cache,
    live: healthy,
    ready: healthy,
    graphiqlFolder: null,
    logger,
  });
}
