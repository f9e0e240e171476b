import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { createLogger } from '@starling/kit/logger.ts';
import { readStackConfig } from '@starling/stack/config.ts';
import { createProgress } from '@starling/stack/progress.ts';
import { runEmbedded } from '@starling/stack/run-embedded.ts';
import { importGraph, type ImportOptions, type ImportReport } from './import-graph.ts';

type Flags = { data: string; password: string; tweets: number; seed: number; directed: boolean; check: boolean };

/** `import FILE`: a real social graph as a community. */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'Loads a social graph (an edge list of SNAP or Network Repository) as a community, and can be repeated after a crash.',
    )
    .argument('<file>', 'edge list: two ids a line, apart by blanks or a comma')
    .requiredOption('-d, --data <folder>', 'data folder of the community; created if missing')
    .option('--password <password>', 'password of everybody', 'starling-demo')
    .option('--tweets <count>', 'tweets of each person', wholeNumber, 5)
    .option('--seed <number>', 'makes the same tweets again', wholeNumber, 1)
    .option('--directed', 'an edge is one follow, from the first to the second; else both follow each other', false)
    .option('--check', 'compare every home timeline with the definition, by brute force, at the end', false)
    .action(run);
}

async function run(file: string, { data, ...flags }: Flags): Promise<void> {
  await access(file);
  const dataDir = resolve(data);
  const logger = createLogger({ name: 'starling', level: process.env['LOG_LEVEL'] ?? 'warn' });
  const config = readStackConfig(process.env, { port: 0 });
  const stack = await runEmbedded({ dataDir, config, graphiqlFolder: null, logger });
  const progress = createProgress();
  const options: ImportOptions = { ...flags, file, dataDir, onProgress: progress.update };
  try {
    const report = await importGraph(stack, options);
    progress.stop();
    process.stdout.write(describe(report, data));
    if (report.check !== null && report.check.mismatches.length > 0) process.exitCode = 1;
  } finally {
    progress.stop();
    await stack.stop();
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
