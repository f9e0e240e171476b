import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { checkPassword } from '@starling/domain/profile.ts';
import { listenForSignals, type SignalSource } from '@starling/kit/lifecycle/signals.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { readStackConfig } from '@starling/stack/config.ts';
import { DEMO_PASSWORD } from '@starling/stack/community/seed-demo.ts';
import { createProgress } from '@starling/stack/progress.ts';
import { runEmbedded, type EmbeddedOptions } from '@starling/stack/run-embedded.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { importGraph, type ImportOptions, type ImportReport } from './import-graph.ts';
import { readEdgeList } from './read-edge-list.ts';

type Flags = { data: string; password: string; tweets: number; seed: number; directed: boolean; check: boolean };

/** `import FILE`: a real social graph as a community. */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'Loads a social graph (an edge list of SNAP or Network Repository) as a community, and can be repeated after a crash.',
    )
    .argument('<file>', 'edge list: two ids a line, apart by blanks or a comma')
    .requiredOption('-d, --data <folder>', 'data folder of the community; created if missing')
    .option('--password <password>', 'password of everybody who is new', acceptablePassword, DEMO_PASSWORD)
    .option('--tweets <count>', 'tweets of each person', wholeNumber, 5)
    .option('--seed <number>', 'makes the same tweets again', wholeNumber, 1)
    .option('--directed', 'an edge is one follow, from the first to the second; else both follow each other', false)
    .option('--check', 'compare every home timeline with the definition, by brute force, at the end', false)
    .action(run);
}

async function run(file: string, { data, ...flags }: Flags): Promise<void> {
  // Before anything is started or written.
  const edges = await readEdgeList(file);
  const logger = createLogger({ name: 'starling', level: process.env['LOG_LEVEL'] ?? 'warn' });
  const config = readStackConfig(process.env, { port: 0 });
  const stopping = new AbortController();
  const running = withStack({ dataDir: resolve(data), config, graphiqlFolder: null, logger }, (stack, dataDir) =>
    importWithProgress(stack, { ...flags, edges, dataDir, signal: stopping.signal }),
  );
  const stopListening = listenForSignals({
    stop: async () => {
      stopping.abort();
      await running.catch(() => undefined);
    },
    logger,
    process: INTERRUPTIBLE,
  });
  try {
    const report = await running;
    process.stdout.write(describe(report, data));
    if (report.check !== null && report.check.mismatches.length > 0) process.exitCode = 1;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    process.stderr.write('Interrupted. Run it again to go on from here.\n');
  } finally {
    stopListening();
  }
}

/** An import that was cut short has not done what it was asked for, however orderly it stopped. */
const INTERRUPTIBLE: SignalSource = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => process.exit(code === 0 ? 130 : code),
};

async function withStack<Result>(
  options: EmbeddedOptions,
  work: (stack: Stack, dataDir: string) => Promise<Result>,
): Promise<Result> {
  const stack = await runEmbedded(options);
  try {
    return await work(stack, options.dataDir);
  } finally {
    await stack.stop();
  }
}

async function importWithProgress(stack: Stack, options: Omit<ImportOptions, 'onProgress'>): Promise<ImportReport> {
  const progress = createProgress();
  try {
    return await importGraph(stack, { ...options, onProgress: progress.update });
  } finally {
    progress.stop();
  }
}

function describe({ people, follows, tweets, check, created }: ImportReport, data: string): string {
  const lines = [
    `${people} people, ${follows} follows, ${tweets} tweets; new in this run: ${created.people} people, ${created.follows} follows, ${created.tweets} tweets.`,
  ];
  if (check !== null) {
    lines.push(`${check.equal} of ${check.total} home timelines equal the definition, computed by brute force.`);
    for (const { viewerId, position, expected, actual } of check.mismatches.slice(0, 10)) {
      lines.push(
        `  viewer ${viewerId}, place ${position}: expected ${expected ?? 'the end'}, got ${actual ?? 'the end'}`,
      );
    }
  }
  lines.push(`Serve it with: npm start -- --data ${data}`);
  return `${lines.join('\n')}\n`;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('Expected a whole number, 0 or more.');
  return number;
}

function acceptablePassword(text: string): string {
  const checked = checkPassword(text);
  if (!checked.ok) throw new InvalidArgumentError(checked.problem.message);
  return text;
}
