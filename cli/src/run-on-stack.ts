import { resolve } from 'node:path';
import { listenForSignals, type SignalSource } from '@starling/kit/lifecycle/signals.ts';
import { createLogger, type Logger } from '@starling/kit/logger.ts';
import { readFounding } from '@starling/stack/community/founding.ts';
import { readStackConfig } from '@starling/stack/config.ts';
import { createProgress } from '@starling/stack/progress.ts';
import { runEmbedded } from '@starling/stack/run-embedded.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import type { Place } from './place-options.ts';

/** What a command works with. */
export type Operation = {
  stack: Stack;
  dataDir: string;
  /** Ends the work between two of its steps. */
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

/** As `runOnStack`, but only where there is a community already. */
export async function runOnCommunity(place: Place, work: (operation: Operation) => Promise<void>): Promise<void> {
  if (place.servers === undefined && (await readFounding(resolve(place.data))) === null)
    throw new Error(`There is no community in ${resolve(place.data)}. Name its data folder with --data.`);
  await runOnStack(place, work);
}

/**
 * Starts a stack on a data folder, which must not be in use, or connects to one that runs on servers; works on it, and stops it
 * in order or leaves it running. Ctrl-C ends the work and then the process, with an exit code other than 0.
 */
export async function runOnStack(place: Place, work: (operation: Operation) => Promise<void>): Promise<void> {
  const logger = createLogger({ name: 'starling', level: process.env['LOG_LEVEL'] ?? 'warn' });
  const stopping = new AbortController();
  const running = workOnStack(() => open(place, logger), work, stopping.signal);
  const stopListening = listenForSignals({
    stop: async () => {
      stopping.abort();
      await running.catch(() => undefined);
    },
    logger,
    process: INTERRUPTIBLE,
  });
  try {
    await running;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    process.stderr.write('Interrupted. Run it again to go on from here.\n');
  } finally {
    stopListening();
  }
}

type Opened = { stack: Stack; dataDir: string };

async function open({ data, servers, namespace, redisCluster }: Place, logger: Logger): Promise<Opened> {
  if (servers !== undefined) {
    // The clients of servers are not loaded where there are none.
    const { operateInstallation } = await import('@starling/stack/servers/operate.ts');
    const { stack, founded } = await operateInstallation({ folder: resolve(servers), namespace, redisCluster, logger });
    return { stack, dataDir: founded };
  }
  const dataDir = resolve(data);
  const config = readStackConfig(process.env, { port: 0 });
  return { stack: await runEmbedded({ dataDir, config, graphiqlFolder: null, logger }), dataDir };
}

/** Work that was cut short has not done what it was asked for, however orderly it stopped. */
const INTERRUPTIBLE: SignalSource = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => process.exit(code === 0 ? 130 : code),
};

async function workOnStack(
  open: () => Promise<Opened>,
  work: (operation: Operation) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { stack, dataDir } = await open();
  const progress = createProgress();
  try {
    await work({ stack, dataDir, signal, onProgress: progress.update });
  } finally {
    progress.stop();
    await stack.stop();
  }
}
