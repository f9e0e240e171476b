import { parseArgs } from 'node:util';
import { fanOutPath } from './paths/fan-out.ts';
import { postPath } from './paths/post-tweet.ts';
import { pushPath } from './paths/push.ts';
import { readPaths } from './paths/read-home.ts';
import { startSite } from './paths/site.ts';
import { runRounds, table, type Path } from './paths/rounds.ts';

const HELP = `npm run bench:paths -- [options]

Measures the main paths on one embedded stack, each beside the least that could do the same work, in one run:
  read home, HTTP      a warm home page of 20 tweets over HTTP,  beside a bare Node server that answers its bytes
  read home, inside    the same without HTTP,                    beside the same bare server
  post tweet           postTweet through the gateway,            beside an INSERT of one row by pg
  fan-out              deliveries to followers' timelines,       beside array pushes
  push                 a tweet to open subscriptions,            beside a bare ws server sending the same bytes

Only the ratios tell something, and only within one run.

  --rounds <n>      rounds, each measuring everything once; medians are shown (5)
  --followers <n>   followers of the author whose tweets fan out (10000)
  --sockets <n>     open subscriptions (500)
  --only <names>    of read, post, fan-out, push; with commas between
  --json            print JSON
  --help            this text
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    followers: { type: 'string', default: '10000' },
    sockets: { type: 'string', default: '500' },
    only: { type: 'string', default: 'read,post,fan-out,push' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const wanted = values.only.split(',');
  const size = { followers: count('followers', values.followers), sockets: count('sockets', values.sockets) };
  const tell = (text: string) => void process.stderr.write(`${text}\n`);
  const site = await startSite({
    followers: wanted.includes('fan-out') ? size.followers : 0,
    listeners: wanted.includes('push') ? size.sockets : 0,
    tell,
  });
  const paths: Path[] = [];
  try {
    if (wanted.includes('read')) paths.push(...(await readPaths(site)));
    if (wanted.includes('post')) paths.push(await postPath(site));
    if (wanted.includes('fan-out')) paths.push(await fanOutPath(site));
    if (wanted.includes('push')) paths.push(await pushPath(site));
    const results = await runRounds(paths, count('rounds', values.rounds), tell);
    process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : table(results));
  } finally {
    for (const path of paths) await path.close();
    await site.stop();
  }
}

function count(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new RangeError(`--${name} is a whole number, 1 or more.`);
  return number;
}
