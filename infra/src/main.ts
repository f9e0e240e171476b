import { Command } from 'commander';
import { chooseProvider } from './commands/choose-provider.ts';
import { createDownloadBars } from './commands/download-bars.ts';
import { type UpFlags, upOptions } from './commands/flags.ts';
import { DEFAULT_ROOT } from './native/open-installation.ts';
import type { InstanceState } from './provider.ts';
import { reasonOf } from './servers-error.ts';

const program = new Command('npm run servers --')
  .description(
    'Looks after the servers that Starling runs on: Kafka, Redis, Redis Cluster, Elasticsearch, Postgres with a replica, and HAProxy; as containers where Docker answers, else as processes of this machine.',
  )
  .option('--folder <path>', 'has everything of these servers', DEFAULT_ROOT)
  .option('--native', 'as processes, even where Docker answers');

// What is fetched is read by whoever the servers run as.
process.umask(0o022);

const provider = () => chooseProvider(program.opts<{ folder: string; native?: boolean }>());

const up = program
  .command('up')
  .description('Brings up what does not run yet, and returns when every server answers. Fetches programs when needed.');
for (const option of upOptions()) up.addOption(option);
up.action(async ({ data, ...flags }: UpFlags) => {
  const started = performance.now();
  const servers = await provider();
  const bars = createDownloadBars();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    await servers.up({
      ...flags,
      dataFolders: data,
      onBytes: bars.onBytes,
      onReady: (engine) => print(`${engine} answers (${seconds()})`),
    });
  } finally {
    bars.stop();
  }
  print(
    `All servers answer, as ${servers.name}. Addresses and passwords: ${program.opts<{ folder: string }>().folder}/servers.env`,
  );
});

program
  .command('down')
  .description('Ends exactly what `up` has started. Data stay for the next `up`.')
  .action(async () => {
    const ended = await (await provider()).down();
    print(ended.length === 0 ? 'Nothing was running.' : `Ended: ${ended.join(', ')}.`);
  });

program
  .command('status')
  .description('Says of each server whether it runs and answers. Exits with 1 if one does not.')
  .action(async () => {
    const states = await (await provider()).status();
    if (states.length === 0) print('No servers were brought up here.');
    for (const state of states) print(lineOf(state));
    if (states.length === 0 || states.some(({ problem }) => problem !== null)) process.exitCode = 1;
  });

program
  .command('logs')
  .description('Shows the log of one server.')
  .argument('<name>', 'as `status` names it')
  .option('-f, --follow', 'goes on as it is written', false)
  .option('-n, --lines <count>', 'lines from its end', '200')
  .action(async (name: string, { follow, lines }: { follow: boolean; lines: string }) =>
    (await provider()).logs(name, { follow, lines: Number(lines) }),
  );

program
  .command('reset')
  .description('Ends the servers and wipes their data, logs and passwords. What was fetched stays.')
  .action(async () => {
    await (await provider()).reset();
    print('Nothing is left of their data.');
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
}

function lineOf({ name, port, problem }: InstanceState): string {
  return `${name.padEnd(18)} ${String(port).padEnd(6)} ${problem ?? 'answers'}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
