import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { printConfig } from '@starling/kit/config/print-config.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { listenForSignals } from '@starling/kit/lifecycle/signals.ts';
import { banner } from './banner.ts';
import { seedDemo } from './community/seed-demo.ts';
import { readStackConfig } from './config.ts';
import { graphiqlFolder } from './graphiql-folder.ts';
import { runEmbedded } from './run-embedded.ts';

type Flags = { port?: number; host?: string; data: string; empty: boolean; production: boolean; printConfig: boolean };

const program = new Command('npm start --')
  .description('Starts Starling in one process, on an embedded Postgres.')
  .option('-p, --port <port>', 'port of HTTP and WebSocket (GATEWAY_PORT, 4000)', portNumber)
  .option('--host <address>', 'address to listen on (GATEWAY_HOST, 127.0.0.1)')
  .option('-d, --data <folder>', 'folder that holds everything that lasts', '.starling')
  .option('--empty', 'do not seed the demo community into an empty data folder', false)
  .option('--production', 'neither GraphiQL nor introspection nor demo community', false)
  .option('--print-config', 'print the configuration, secrets masked, and exit', false)
  .action(async (flags: Flags) => {
    try {
      await run(flags);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    }
  });

await program.parseAsync();

async function run({ port, host, data, empty, production, printConfig: onlyPrint }: Flags): Promise<void> {
  const startedAt = performance.now();
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
  const stack = await runEmbedded({ dataDir, config, graphiqlFolder: production ? null : graphiqlFolder(), logger });
  listenForSignals({ stop: stack.stop, logger });
  const isDemo = await seedDemo(stack, dataDir, { empty: empty || production });
  process.stdout.write(
    banner({
      host: config.gateway.host,
      port: stack.port,
      dataDir,
      isDemo,
      hasGraphiql: !production,
      readyInMs: performance.now() - startedAt,
    }),
  );
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  return port;
}
