import { InvalidArgumentError, Option } from 'commander';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import { startAdminServer } from '@starling/kit/servers/admin-server.ts';
import { openServices } from '@starling/kit/servers/asked-services.ts';
import { elasticsearchConfig, kafkaConfig, redisConfig, rpcTargets } from '@starling/kit/servers/config.ts';
import { openServers, searchIndexesOn } from '@starling/kit/servers/open-servers.ts';
import { runProcess } from '@starling/kit/servers/run-process.ts';
import { observedLog } from '@starling/kit/telemetry/observed-log.ts';
import { metricsText } from '@starling/kit/telemetry/metrics.ts';
import { createWorker } from './create-worker.ts';
import { CONFIGS, openByName, SUBGRAPH_NAMES, type SubgraphName } from './open-by-name.ts';
import { SERVICES } from './services.ts';
import { topics } from './topics.ts';

type Flags = { only: SubgraphName[] };

const COMMON = {
  kafka: { prefix: 'KAFKA', schema: kafkaConfig },
  redis: { prefix: 'REDIS', schema: redisConfig },
  rpc: { prefix: 'RPC', schema: rpcTargets(['users', 'graph', 'tweets']) },
} as const;
const SEARCHING = { elasticsearch: { prefix: 'ELASTICSEARCH', schema: elasticsearchConfig } } as const;

await runProcess({
  name: 'worker',
  description: 'Relays outboxes into the event log, and hands its records to the consumers of subgraphs.',
  isBalanced: false,
  flags: (command) =>
    command.addOption(
      new Option('--only <subgraphs>', 'relays and consumers of these alone, separated by commas')
        .argParser(readNames)
        .default([...SUBGRAPH_NAMES], 'all'),
    ),
  parts: ({ only }: Flags) => ({
    ...COMMON,
    // What nobody asked for is neither read nor needed.
    ...((only.includes('search') ? SEARCHING : {}) as typeof SEARCHING),
    ...partsOf(only),
  }),
  async start(config, { logger, add, health }, { only }) {
    const { namespace, signingKeys: keys, host, httpPort } = config.process;
    const servers = await openServers({ redis: config.redis, namespace, logger });
    await add({ name: 'servers', close: servers.close });
    const clientId = `worker-${process.pid}`;
    const log = observedLog(await createKafkaEventLog({ ...config.kafka, namespace, clientId, logger }));
    await add({ name: 'event log', close: log.close });
    const asked = openServices(SERVICES, { targets: config.rpc, keys, logger });
    await add({ name: 'services', close: asked.close });

    const searchIndex = searchIndexesOn(config.elasticsearch, { namespace, logger });
    const opened = Object.values(
      await openByName(only, config, { ...servers, ...asked, log, searchIndex, role: 'worker', logger }),
    );
    for (const { name, close } of opened) await add({ name, close });
    const worker = createWorker({
      log,
      topics,
      sources: opened.flatMap(({ outbox }) => outbox ?? []),
      consumers: opened.flatMap(({ consumers }) => consumers),
      logger,
    });
    await add({ name: 'worker', start: worker.start, drain: worker.stop });
    const alive = { name: 'worker', check: async () => mustBeAlive(worker.isAlive()) };
    const admin = await startAdminServer({
      ...health({ live: [alive], ready: [alive] }),
      metrics: metricsText,
      host,
      port: httpPort,
      logger,
    });
    await add({ name: 'admin', close: admin.close });
  },
});

function partsOf(names: readonly SubgraphName[]) {
  const entries = names.map((name) => [name, { prefix: name.toUpperCase(), schema: CONFIGS[name] }] as const);
  return Object.fromEntries(entries) as { [Name in SubgraphName]: { prefix: string; schema: (typeof CONFIGS)[Name] } };
}

function readNames(text: string): SubgraphName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !isKnown(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`There is no ${unknown.join(', ')}; there are ${SUBGRAPH_NAMES.join(', ')}.`);
  return names.filter(isKnown);
}

function isKnown(name: string): name is SubgraphName {
  return (SUBGRAPH_NAMES as readonly string[]).includes(name);
}

function mustBeAlive(isAlive: boolean): void {
  if (!isAlive) throw new Error('A relay or consumer has died.');
}
