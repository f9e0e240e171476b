import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { printConfig } from '@starling/kit/config/print-config.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { listenForSignals } from '@starling/kit/lifecycle/signals.ts';
import { startTracing, tracingOptions } from '@starling/kit/telemetry/tracing.ts';
import { banner } from './banner.ts';
import { readFounding } from './community/founding.ts';
import { seedDemo, type SeedOptions } from './community/seed-demo.ts';
import { readStackConfig } from './config.ts';
import { graphiqlFolder } from './graphiql-folder.ts';
import { runEmbedded, type EmbeddedOptions } from './run-embedded.ts';
import type { Stack } from './start-stack.ts';

type Flags = {
  port?: number;
  host?: string;
  data: string;
  empty?: boolean;
  production?: boolean;
  printConfig?: boolean;
};

const program = new Command('npm start --')
  .description('Starts Starling in one process, on an embedded Postgres.')
  .option('-p, --port <port>', 'port of HTTP and WebSocket (GATEWAY_PORT, 4000)', portNumber)
  .option('--host <address>', 'address to listen on (GATEWAY_HOST, 127.0.0.1)')
  .option('-d, --data <folder>', 'folder that holds everything that lasts', '.starling')
  .option('--empty', 'do not seed the demo community into an empty data folder')
  .option('--production', 'neither GraphiQL nor introspection nor demo community')
  .option('--print-config', 'print the configuration, secrets masked, and exit')
  .action(async (flags: Flags) => {
    try {
      await run(flags);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    }
  });

await program.parseAsync();

async function run({
  port,
  host,
  data,
  empty = false,
  production = false,
  printConfig: onlyPrint,
}: Flags): Promise<void> {
  const config = readStackConfig(process.env, {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  });
  if (onlyPrint) {
    process.stdout.write(`${printConfig(config)}\n`);
    return;
  }
  const dataDir = resolve(data);
  const logger = createLogger({ name: 'starling', level: process.env['LOG_LEVEL'] ?? 'warn' });
  const tracing = await startTracing({
    ...tracingOptions(process.env),
    service: 'starling',
    namespace: 'embedded',
    logger,
  });
  const stopping = new AbortController();
  const running = startWithCommunity(
    { dataDir, config, graphiqlFolder: production ? null : graphiqlFolder(), logger },
    { empty: empty || production, signal: stopping.signal },
  );
  const stop = () => stopWhenStarted(running, stopping).finally(tracing.shutdown);
  listenForSignals({ stop, logger });
  try {
    const { stack, isDemo } = await running;
    const { host } = config.gateway;
    const readyInMs = performance.now();
    process.stdout.write(banner({ host, port: stack.port, dataDir, isDemo, hasGraphiql: !production, readyInMs }));
  } catch (error) {
    // Whoever stopped it ends the process too.
    if (!stopping.signal.aborted) throw error;
  }
}

type Running = { stack: Stack; isDemo: boolean };

/** Leaves nothing running if it fails. */
async function startWithCommunity(options: EmbeddedOptions, seeding: SeedOptions): Promise<Running> {
  // A damaged record is told before anything starts.
  await readFounding(options.dataDir);
  const stack = await runEmbedded(options);
  try {
    return { stack, isDemo: await seedDemo(stack, options.dataDir, seeding) };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** What is just starting is let start, and then stopped in order; seeding is cut. */
async function stopWhenStarted(running: Promise<Running>, stopping: AbortController): Promise<void> {
  stopping.abort();
  const started = await running.catch(() => null);
  await started?.stack.stop();
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  return port;
}
