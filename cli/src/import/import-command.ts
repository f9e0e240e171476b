import { Command, InvalidArgumentError } from 'commander';
import { checkPassword } from '@starling/domain/profile.ts';
import { DEMO_PASSWORD } from '@starling/stack/community/seed-demo.ts';
import { withNamedPlace, type Place } from '../place-options.ts';
import { runOnStack } from '../run-on-stack.ts';
import { describeCheck } from '../timelines/check-timelines.ts';
import { importGraph, type ImportReport } from './import-graph.ts';
import { readEdgeList } from './read-edge-list.ts';

type Flags = Place & { password: string; tweets: number; seed: number; directed: boolean; check: boolean };

/** `import FILE`: a real social graph as a community. */
export function importCommand(): Command {
  return withNamedPlace(new Command('import'))
    .description(
      'Loads a social graph (an edge list of SNAP or Network Repository) as a community, and can be repeated after a crash.',
    )
    .argument('<file>', 'edge list: two ids a line, apart by blanks or a comma')
    .option('--password <password>', 'password of everybody who is new', acceptablePassword, DEMO_PASSWORD)
    .option('--tweets <count>', 'tweets of each person', wholeNumber, 5)
    .option('--seed <number>', 'makes the same tweets again', wholeNumber, 1)
    .option('--directed', 'an edge is one follow, from the first to the second; else both follow each other', false)
    .option('--check', 'compare every home timeline with the definition, by brute force, at the end', false)
    .action(run);
}

async function run(file: string, { data, servers, namespace, redisCluster, ...flags }: Flags): Promise<void> {
  // Before anything is started or written.
  const edges = await readEdgeList(file);
  await runOnStack({ data, servers, namespace, redisCluster }, async ({ stack, ...operation }) => {
    const report = await importGraph(stack, { ...flags, ...operation, edges });
    process.stdout.write(describe(report, servers === undefined ? data : null));
    if (report.check !== null && report.check.mismatches.length > 0) process.exitCode = 1;
  });
}

/** `data` is null where a community is served already. */
function describe({ people, follows, tweets, check, created }: ImportReport, data: string | null): string {
  const lines = [
    `${people} people, ${follows} follows, ${tweets} tweets; new in this run: ${created.people} people, ${created.follows} follows, ${created.tweets} tweets.`,
  ];
  if (check !== null) lines.push(...describeCheck(check));
  if (data !== null) lines.push(`Serve it with: npm start -- --data ${data}`);
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
