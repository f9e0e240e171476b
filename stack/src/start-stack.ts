import { createDeadLetters, type DeadLetters } from '@starling/kit/event-log/dead-letters.ts';
import { createHealth, type HealthCheck } from '@starling/kit/lifecycle/health.ts';
import { createLifecycle } from '@starling/kit/lifecycle/lifecycle.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { startGateway } from '@starling/gateway/create-gateway.ts';
import { createInProcessSubgraph } from '@starling/gateway/in-process-subgraph.ts';
import { readSupergraph } from '@starling/schema/read-supergraph.ts';
import { createWorker } from '@starling/worker/create-worker.ts';
import { eraseFromLog } from '@starling/worker/erase-from-log.ts';
import { topics } from '@starling/worker/topics.ts';
import type { StackConfig } from './config.ts';
import type { Databases } from './databases.ts';
import { executeAs, type ExecuteAs } from './execute-as.ts';
import { openInternalPort } from './internal-port.ts';
import { openPorts } from './open-ports.ts';
import { openSubgraphs, type Operators, type Services } from './open-subgraphs.ts';

export type StackDeps = {
  databases: Databases;
  /** Folder of the built GraphiQL page; null serves neither GraphiQL nor introspection. */
  graphiqlFolder: string | null;
  logger: Logger;
};

export type Stack = {
  port: number;
  services: Services;
  operators: Operators & { deadLetters: DeadLetters };
  executeAs: ExecuteAs;
  /** What the definition of a home timeline is told here: see domain/home-timeline.ts. */
  collapseWithin: number;
  /** Resolves when no event is on its way any more. */
  drain(options?: { onLag?: (left: number) => void; signal?: AbortSignal }): Promise<void>;
  /** Forgets what is only an image of facts: cached reads and materialised timelines. */
  dropImages(): Promise<void>;
  /** Channels of live push that somebody listens to now. */
  liveChannels(): Promise<number>;
  /** Stops taking requests, lets running work end, closes everything. */
  stop(): Promise<void>;
};

/** The whole constellation in this process. The same call serves `npm start` and every test. */
export async function startStack(config: StackConfig, deps: StackDeps): Promise<Stack> {
  const lifecycle = createLifecycle({ logger: deps.logger, deadlineMs: config.stack.stopDeadlineMs });
  try {
    return await assemble(config, deps, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function assemble(
  config: StackConfig,
  { databases, graphiqlFolder, logger }: StackDeps,
  lifecycle: ReturnType<typeof createLifecycle>,
): Promise<Stack> {
  const ports = await openPorts(databases, { logger, cacheEntries: config.stack.cacheEntries });
  await lifecycle.add({ name: 'ports', close: ports.close });
  const { opened, services, operators, timeline } = await openSubgraphs(config, { ...ports, databases, logger });
  for (const { name, close } of opened) await lifecycle.add({ name, close });

  const worker = createWorker({
    log: ports.log,
    topics,
    sources: opened.flatMap(({ outbox }) => outbox ?? []),
    consumers: [...opened.flatMap(({ consumers }) => consumers), eraseFromLog(ports.log)],
    logger,
  });
  await lifecycle.add({ name: 'worker', start: worker.start, drain: worker.stop });

  const checks: HealthCheck[] = [
    ...opened.map(({ name, ping }) => ({ name, check: ping })),
    { name: 'event log', check: ports.log.ping },
    { name: 'lifecycle', check: async () => mustBeReady(lifecycle.phase()) },
  ];
  const live = createHealth([{ name: 'worker', check: async () => mustBeAlive(worker.isAlive()) }], { logger });
  const ready = createHealth(checks, { logger });
  const { host } = config.gateway;
  await lifecycle.add(await openInternalPort({ logger, host, port: config.starling.httpPort, live, ready }));
  const gateway = await startGateway(config.gateway, {
    supergraphSdl: await readSupergraph(),
    subgraphs: opened.map(({ subgraph }) => createInProcessSubgraph(subgraph, logger)),
    users: services.users,
    cache: ports.cache,
    live,
    ready,
    graphiqlFolder,
    logger,
  });
  // Closed also where it could not be paused any more.
  await lifecycle.add({ name: 'gateway', pause: gateway.stop, close: gateway.stop });
  lifecycle.ready();

  return {
    port: gateway.port,
    services,
    collapseWithin: config.timeline.collapseWithin,
    operators: { ...operators, deadLetters: createDeadLetters(ports.log, topics) },
    executeAs: (viewerId, query, variables) => executeAs(gateway, viewerId, query, variables),
    drain: (options) => worker.drain(options),
    async dropImages() {
      await ports.forgetImages();
      await timeline.dropAllTimelines();
    },
    liveChannels: async () => ports.pubsub.channelCount(),
    stop: () => lifecycle.stop(),
  };
}

function mustBeAlive(isAlive: boolean): void {
  if (!isAlive) throw new Error('A relay or consumer has died.');
}

function mustBeReady(phase: string): void {
  if (phase !== 'ready') throw new Error(`The process is ${phase}.`);
}
