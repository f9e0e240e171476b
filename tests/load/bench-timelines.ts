import { parseArgs } from 'node:util';
import { openTimelineBench } from './timelines/open-bench.ts';
import { runRounds, table } from './paths/rounds.ts';

const HELP = `npm run bench:timelines -- [options]

Measures the fan-out of entries to materialised home timelines on a Redis of its own, beside what that Redis can take at best:
  fan-out   deliveries a second: each entry to the list of every follower, full lists that are trimmed as they grow,
            beside the fastest of redis-benchmark's RPUSH with -P 16 or 64 and -c 1, 8 or 50 on as many lists as full

Only the ratio tells something, and only within one run. Also told: bytes of a full list.

  --rounds <n>       rounds, each measuring everything once; medians are shown (5)
  --lists <n>        followers with a list (10000)
  --entries <n>      entries pushed to all of them in a round (50)
  --help             this text
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    lists: { type: 'string', default: '10000' },
    entries: { type: 'string', default: '50' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const tell = (text: string) => void process.stderr.write(`${text}\n`);
  const [lists, entries] = [Number(values.lists), Number(values.entries)];
  tell(`filling ${lists} timelines, and as many lists beside them`);
  const bench = await openTimelineBench({ lists, entries });
  try {
    const results = await runRounds([bench.push], Number(values.rounds), tell);
    process.stdout.write(table(results));
    for (const { path, oursPerSecond, baselinePerSecond } of results)
      process.stdout.write(`${path}: ${Math.round(oursPerSecond)}/s beside ${Math.round(baselinePerSecond)}/s\n`);
    process.stdout.write(`a full timeline: ${await bench.bytesOfAList()} bytes\n`);
  } finally {
    await bench.close();
  }
}
