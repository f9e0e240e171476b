import { parseArgs } from 'node:util';
import { listenForSignals } from '@starling/kit/lifecycle/signals.ts';
import { capacityOf, TWITTERS_HABITS } from './timelines/capacity.ts';
import { FAN_OUT_TO_REDIS } from './timelines/fan-out-comparisons.ts';
import { isRedisThere } from './timelines/is-redis-there.ts';
import { measureAsUsersGrow, measureInCrowd, measureOnRedis, type Run } from './timelines/measurements.ts';
import { LOGGER } from './timelines/open-crowd.ts';
import { reportText, type Report } from './timelines/report-text.ts';
import { createScope } from './timelines/scope.ts';

const NAMES = ['fan-out', 'patterns', 'bytes', 'fairness', 'reading', 'growth', 'capacity'] as const;
type Name = (typeof NAMES)[number];

const HELP = `npm run bench:timelines -- [options]

Measures home timelines, each beside something else in the same run. Only the ratios tell something, and only within one run.
  fan-out    deliveries a second to full lists that are trimmed as they grow, on a Redis of its own, beside the fastest of
             redis-benchmark's RPUSH with -P 16 or 64 and -c 1, 8 or 50 on as many lists as full; the same from records of the
             log, beside the fan-out alone; and the embedded store, beside Redis
  patterns   the fan-out beside what Misskey and Mastodon send for each follower, to as full lists over one connection
  bytes      what Redis says a full list takes
  fairness   how long an ordinary tweet takes from the log to a list while a push to a crowd runs, beside idle; and that push
             beside as many deliveries of ordinary tweets; by the log, the worker and the consumers of the product
  reading    a warm page with 20 famous followees beside none; a passive reader's first page, and a ranked one, beside a warm
             one; all subgraphs in process, on Postgres, in a crowd whose followers fall by Zipf's law
  growth     the time and the SQL statements of a page and of a post as people grow
  capacity   arithmetic: what one core sustains, and what 200 million people a day would take. Needs all but patterns and growth

  --only <names>         of these; with commas between
  --cluster              fan-out on a Redis Cluster of three as well
  --rounds <n>           rounds, each measuring everything once; medians are shown (5)
  --lists <n>            followers with a full list (12000)
  --pattern-lists <n>    followers with a full list of each pattern (2000)
  --people <n>           people of the crowd (200000)
  --star <n>             followers of the one who has most (100000)
  --growth <numbers>     steps of growth; 1000000 takes long (1000,10000,100000)
  --json                 print JSON
  --help                 this text
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: NAMES.join() },
    cluster: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    lists: { type: 'string', default: '12000' },
    'pattern-lists': { type: 'string', default: '2000' },
    people: { type: 'string', default: '200000' },
    star: { type: 'string', default: '100000' },
    growth: { type: 'string', default: '1000,10000,100000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const scope = createScope();
  const stopListening = listenForSignals({ stop: () => scope.closeAll(), logger: LOGGER });
  const report = await measure(wantedNames(values.only), { sizes: sizes(), scope, tell });
  stopListening();
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
}

async function measure(wanted: ReadonlySet<Name>, run: Run): Promise<Report> {
  const report: Report = { placements: [], comparisons: [], bytes: null, rates: null, growth: null, capacity: null };
  const redis = await isRedisThere();
  if (!redis) run.tell('redis-server is not there: only what is embedded is measured');
  const onRedis = { fanOut: wanted.has('fan-out'), patterns: wanted.has('patterns'), bytes: wanted.has('bytes') };
  if (redis && (onRedis.fanOut || onRedis.patterns || onRedis.bytes)) {
    const { comparisons, bytes, placement } = await measureOnRedis(run, { ...onRedis, cluster: false });
    report.placements.push(`Redis ${placement}`);
    report.comparisons.push(...comparisons);
    report.bytes = bytes;
  }
  if (redis && values.cluster) {
    const only = { fanOut: true, patterns: false, bytes: false, cluster: true };
    const { comparisons, placement } = await measureOnRedis(run, only);
    report.placements.push(`Redis Cluster ${placement}`);
    report.comparisons.push(...comparisons);
  }
  const inCrowd = { fairness: wanted.has('fairness'), reading: wanted.has('reading'), redis };
  if (inCrowd.fairness || inCrowd.reading) {
    const { comparisons, rates } = await measureInCrowd(run, inCrowd);
    report.comparisons.push(...comparisons);
    report.rates = rates;
  }
  if (wanted.has('growth')) report.growth = await measureAsUsersGrow(run);
  if (wanted.has('capacity')) report.capacity = capacityIn(report);
  return report;
}

/** Null where something that it is made of was not measured. */
function capacityIn({ comparisons, bytes, rates }: Report): Report['capacity'] {
  const fanOut = comparisons.find(({ name }) => name === FAN_OUT_TO_REDIS);
  if (!fanOut || !bytes || !rates) return null;
  const costs = {
    deliveriesPerSecond: fanOut.ours,
    readsPerSecond: rates.reads,
    postsPerSecond: rates.posts,
    readMs: rates.readMs,
    bytesPerTimeline: bytes.mean,
  };
  return { costs, habits: TWITTERS_HABITS, result: capacityOf(costs, TWITTERS_HABITS) };
}

function sizes(): Run['sizes'] {
  return {
    rounds: count('rounds', values.rounds),
    lists: count('lists', values.lists),
    patternLists: Math.min(count('pattern-lists', values['pattern-lists']), count('lists', values.lists)),
    people: count('people', values.people),
    starFollowers: Math.min(count('star', values.star), count('people', values.people) - 1),
    growth: values.growth.split(',').map((step) => count('growth', step)),
  };
}

function wantedNames(list: string): ReadonlySet<Name> {
  const names = list.split(',');
  const isKnown = (name: string): name is Name => NAMES.some((known) => known === name);
  for (const name of names)
    if (!isKnown(name)) throw new RangeError(`--only has "${name}", which is none of ${NAMES.join(', ')}.`);
  return new Set(names.filter(isKnown));
}

function count(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new RangeError(`--${name} is a whole number, 1 or more.`);
  return number;
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
