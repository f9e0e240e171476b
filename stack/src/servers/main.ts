import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { SLOTS } from '@starling/infra/ports.ts';
import type { Environment } from '@starling/kit/config/read-config.ts';
import { listenForSignals } from '@starling/kit/lifecycle/signals.ts';
import { createLogger, type Logger } from '@starling/kit/logger.ts';
import { seedDemo } from '../community/seed-demo.ts';
import { graphiqlFolder } from '../graphiql-folder.ts';
import { connectStack } from './connect-stack.ts';
import { startConstellation, type ConstellationOptions, type StartedConstellation } from './constellation.ts';
import { foundedIn } from './operate.ts';
import { serversBanner } from './servers-banner.ts';
import { portsOf, readServers, readSigningKeys, SERVERS_FOLDER } from './servers-folder.ts';

type Flags = {
  servers: string;
  gateways: number;
  workers: number;
  subgraphs: number;
  redisCluster: boolean;
  namespace: string;
  empty: boolean;
  production: boolean;
};

const program = new Command('npm run start:servers --')
  .description(
    'Starts every process of Starling on this machine, on the servers that `npm run servers -- up` brought up.',
  )
  .option('--servers <folder>', 'folder of the servers', SERVERS_FOLDER)
  .option('--gateways <count>', 'gateways', slots, 2)
  .option('--workers <count>', 'workers', slots, 2)
  .option('--subgraphs <count>', 'processes of each subgraph', slots, 2)
  .option('--redis-cluster', 'on the Redis Cluster rather than the single Redis', false)
  .option('--namespace <name>', 'prefix of topics, keys, indexes and databases', 'starling')
  .option('--empty', 'do not seed the demo community into an empty installation', false)
  .option('--production', 'neither GraphiQL nor introspection nor demo community', false)
  .action(async (flags: Flags) => {
    try {
      await run(flags);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    }
  });

await program.parseAsync();

async function run(flags: Flags): Promise<void> {
  const folder = resolve(flags.servers);
  const logger = createLogger({ name: 'start:servers', level: process.env['LOG_LEVEL'] ?? 'warn' });
  const servers = await readServers(folder);
  const stopping = new AbortController();
  const starting = startConstellation(await optionsOf(flags, servers, folder));
  listenForSignals({
    stop: async () => {
      stopping.abort();
      await (await starting).stop();
    },
    logger,
  });
  const constellation = await starting;
  try {
    await constellation.ready();
    const isDemo = await seed(constellation, { flags, servers, folder, logger, signal: stopping.signal });
    const [door = '', stats = ''] = [servers['HAPROXY_DOOR'], servers['HAPROXY_STATS']];
    const banner = { door, stats, logs: logsIn(folder), isDemo, hasGraphiql: !flags.production };
    process.stdout.write(serversBanner(banner));
  } catch (error) {
    // Whoever stopped it ends the process too.
    if (stopping.signal.aborted) return;
    await constellation.stop();
    throw error;
  }
}

async function optionsOf(flags: Flags, servers: Environment, folder: string): Promise<ConstellationOptions> {
  const { namespace, redisCluster, gateways: gateway, workers: worker, subgraphs: each } = flags;
  const ports = portsOf(servers);
  const page = flags.production ? null : graphiqlFolder();
  const { LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG } = process.env;
  return {
    servers,
    namespace,
    redisCluster,
    counts: { gateway, worker, users: each, graph: each, tweets: each, timeline: each, search: each },
    ports,
    fronts: ports.haproxy.fronts,
    signingKeys: await readSigningKeys(folder, namespace),
    extra: { LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG },
    // One proxy stands in front: the address of a client is what it says.
    settings: { gateway: { GATEWAY_TRUSTED_PROXIES: '1', ...(page ? { DOOR_GRAPHIQL_FOLDER: page } : {}) } },
    logs: logsIn(folder),
    onDied: (name, reason) => process.stderr.write(`${name} has ended (${reason}) and is started again.\n`),
  };
}

type Seeding = { flags: Flags; servers: Environment; folder: string; logger: Logger; signal: AbortSignal };

/** How the community came to be is remembered beside the servers that hold it. */
async function seed(
  { env }: StartedConstellation,
  { flags, servers, folder, logger, signal }: Seeding,
): Promise<boolean> {
  const stack = await connectStack({ env, port: portsOf(servers).haproxy.door, logger });
  try {
    return await seedDemo(stack, foundedIn(folder, flags.namespace), {
      empty: flags.empty || flags.production,
      signal,
    });
  } finally {
    await stack.stop();
  }
}

function logsIn(folder: string): string {
  return join(folder, 'logs', 'starling');
}

function slots(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > SLOTS)
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${SLOTS}.`);
  return count;
}
