import { resolve } from 'node:path';
import { listenForSignals, type SignalSource } from '@starling/kit/lifecycle/signals.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { readFounding } from '@starling/stack/community/founding.ts';
import { readStackConfig } from '@starling/stack/config.ts';
import { createProgress } from '@starling/stack/progress.ts';
import { runEmbedded, type EmbeddedOptions } from '@starling/stack/run-embedded.ts';
import type { Stack } from '@starling/stack/start-stack.ts';

/** What a command works with. */
export type Operation = {
  stack: Stack;
  dataDir: string;
  /** Ends the work between two of its steps. */
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

/** As `runOnStack`, but only on a data folder that holds a community already. */
export async function runOnCommunity(data: string, work: (operation: Operation) => Promise<void>): Promise<void> {
  const dataDir = resolve(data);
  if ((await readFounding(dataDir)) === null)
    throw new Error(`There is no community in ${dataDir}. Name its data folder with --data.`);
  await runOnStack(data, work);
}

/**
 * Starts a stack on a data folder, which must not be in use, works on it, and stops it in order. Ctrl-C ends the work and then the
 * process, with an exit code other than 0.
 */
export async function runOnStack(data: string, work: (operation: Operation) => Promise<void>): Promise<void> {
  const logger = createLogger({ name: 'starling', level: process.env['LOG_LEVEL'] ?? 'warn' });
  const config = readStackConfig(process.env, { port: 0 });
  const stopping = new AbortController();
  const options = { dataDir: resolve(data), config, graphiqlFolder: null, logger };
  const running = workOnStack(options, work, stopping.signal);
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

/** Work that was cut short has not done what it was asked for, however orderly it stopped. */
const INTERRUPTIBLE: SignalSource = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => process.exit(code === 0 ? 130 : code),
};

async function workOnStack(
  options: EmbeddedOptions,
  work: (operation: Operation) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stack = await runEmbedded(options);
  const progress = createProgress();
  try {
    await work({ stack, dataDir: options.dataDir, signal, onProgress: progress.update });
  } finally {
    progress.stop();
    await stack.stop();
  }
}
