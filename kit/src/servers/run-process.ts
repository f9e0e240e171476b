import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { z } from 'zod';
import { printConfig } from '../config/print-config.ts';
import { readConfigs, type ConfigPart } from '../config/read-config.ts';
import { createHealth, type Health, type HealthCheck } from '../lifecycle/health.ts';
import { createLifecycle, type Lifecycle } from '../lifecycle/lifecycle.ts';
import { listenForSignals } from '../lifecycle/signals.ts';
import { createLogger, type Logger } from '../logger.ts';
import { observeHealth } from '../telemetry/observe-health.ts';
import { startTracing, tracingOptions } from '../telemetry/tracing.ts';
import { processConfig, type ProcessConfig } from './config.ts';

type Schemas = Record<string, z.ZodObject>;
type Parts<Own extends Schemas> = { [Name in keyof Own]: ConfigPart<Own[Name]> };
type Values<Own extends Schemas> = { [Name in keyof Own]: z.output<Own[Name]> };

export type ProcessOptions<Own extends Schemas, Flags> = {
  /** As logs, metrics and traces name it. */
  name: string;
  description: string;
  /** Whether balancers send it requests: then it gives them time to notice that it stops. */
  isBalanced: boolean;
  /** Adds flags of its own. */
  flags?(command: Command): Command;
  /** What it reads of the environment, beside STARLING_…. */
  parts(flags: Flags): Parts<Own>;
  start(config: Values<Own> & { process: ProcessConfig }, frame: ProcessFrame, flags: Flags): Promise<void>;
};

export type ProcessFrame = {
  logger: Logger;
  /** Stopped in the reverse order: what serves is added after what it needs. */
  add: Lifecycle['add'];
  /** Ready also means: started, and not stopping. */
  health(checks?: { live?: readonly HealthCheck[]; ready?: readonly HealthCheck[] }): { live: Health; ready: Health };
};

/**
 * A process of the constellation, from its environment: `--print-config`, start, signals. At a stop it is first not ready, for
 * as long as balancers need to notice; then it takes nothing new, ends what runs, and closes. A start that fails ends with its
 * reason on standard error and exit code 1.
 */
export async function runProcess<Own extends Schemas, Flags extends object = object>(
  options: ProcessOptions<Own, Flags>,
): Promise<void> {
  const command = new Command(options.name)
    .description(options.description)
    .option('--print-config', 'print the configuration, secrets masked, and exit');
  await (options.flags?.(command) ?? command)
    .action(async (flags: Flags & { printConfig?: boolean }) => {
      try {
        await run(options, flags);
      } catch (error) {
        process.stderr.write(`${options.name}: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      }
    })
    .parseAsync();
}

async function run<Own extends Schemas, Flags extends object>(
  { name, isBalanced, parts, start }: ProcessOptions<Own, Flags>,
  flags: Flags & { printConfig?: boolean },
): Promise<void> {
  const known: Record<string, ConfigPart<z.ZodObject>> = {
    ...parts(flags),
    process: { prefix: 'STARLING', schema: processConfig },
  };
  const config = readConfigs(known, process.env) as Values<Own> & { process: ProcessConfig };
  if (flags.printConfig) {
    const byPrefix = Object.entries(known).map(([part, { prefix }]) => [prefix, config[part]] as const);
    process.stdout.write(`${printConfig(Object.fromEntries(byPrefix) as Record<string, object>)}\n`);
    return;
  }
  const logger = createLogger({ name });
  const { namespace, stopDeadlineMs, noticeMs } = config.process;
  const lifecycle = createLifecycle({ logger, deadlineMs: stopDeadlineMs });
  const phase: HealthCheck = { name: 'lifecycle', check: async () => mustBeReady(lifecycle.phase()) };
  const frame: ProcessFrame = {
    logger,
    add: lifecycle.add,
    health({ live = [], ready: needs = [] } = {}) {
      const ready = createHealth([phase, ...needs], { logger });
      observeHealth(ready);
      return { live: createHealth(live, { logger }), ready };
    },
  };
  listenForSignals({ stop: lifecycle.stop, logger });
  // A supervisor that goes takes its processes along.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  try {
    const tracing = await startTracing({ ...tracingOptions(process.env), service: name, namespace, logger });
    await lifecycle.add({ name: 'tracing', close: tracing.shutdown });
    await start(config, frame, flags);
    // Added last, so that it pauses first.
    if (isBalanced) await lifecycle.add({ name: 'balancers', pause: () => delay(noticeMs) });
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
  lifecycle.ready();
  logger.info({ startedInMs: Math.round(performance.now()) }, 'Ready');
}

function mustBeReady(phase: string): void {
  if (phase !== 'ready') throw new Error(`The process is ${phase}.`);
}
