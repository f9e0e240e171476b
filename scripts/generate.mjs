// Makes what is generated: resolver types, RPC types, Prisma clients; with `--all` also the GraphiQL page.
// Only what is stale, unless `--force`. Tools run on the Node that npm installed, without a network.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { buildSteps, digestOf, finalSteps, generateSteps, isStale, markDone, node, root } from './build-steps.mjs';

const isForced = process.argv.includes('--force');
const isEverything = process.argv.includes('--all');
await runAll([...generateSteps(), ...(isEverything ? buildSteps() : [])]);
if (isEverything && !process.exitCode) await runAll(finalSteps());

async function runAll(steps) {
  const stale = steps.filter((step) => isForced || isStale(step));
  const results = await Promise.all(stale.map(run));
  for (const { step, output } of results.filter(({ code }) => code !== 0)) {
    console.error(`Could not generate ${step.name}:\n${output}`);
    process.exitCode = 1;
  }
}

function run(step) {
  const digest = digestOf(step);
  const bin = join(root, 'node_modules/.bin');
  const environment = {
    ...process.env,
    NODE_ENV: 'production',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  };
  const child = spawn(node, step.command, {
    cwd: join(root, step.cwd ?? '.'),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ step, code: 1, output: error.message }));
    child.on('close', (code) => {
      if (code === 0) markDone(step, digest);
      resolve({ step, code, output });
    });
  });
}
