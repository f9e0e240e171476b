// `npm test`: the checks side by side, then every test; ends with what failed and one line of totals.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { OF_ONE_PROCESS } from '../tests/support/of-one-process.ts';
import { findServers } from '../tests/support/servers.ts';
import { node, root } from './build-steps.mjs';

const CHECKS = ['typecheck', 'lint', 'lint:protos', 'format:check', 'imports', 'compose:check', 'check:breaking'];

const servers = await findServers();
const cache = join(root, 'node_modules/.cache/starling');
const report = join(cache, 'vitest.json');
const totals = join(cache, 'test-totals.txt');
const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', APOLLO_TELEMETRY_DISABLED: '1' };
delete environment.NODE_ENV; // vitest sets its own
mkdirSync(cache, { recursive: true });
for (const file of [report, totals]) rmSync(file, { force: true });

console.log(`Checking: ${CHECKS.join(', ')} …`);
const failedChecks = runChecks([
  'run',
  ...CHECKS.map((check) => `//#${check}`),
  '--continue=always',
  '--concurrency=2',
  '--env-mode=loose',
  '--output-logs=errors-only',
  '--log-order=grouped',
]);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const faults = process.env.TEST_FAULTS;
const choice = faults === undefined ? ['--project=!fault-servers'] : [];
const areTestsGood = run(vitest, ['run', ...reporters, ...choice, ...process.argv.slice(2)]);

const { passed, failed, skipped } = readTotals();
const line = `${passed} passed, ${failed} failed`;
writeFileSync(totals, `${line}\n`);
console.log(
  `\nChecks: ${failedChecks.length === 0 ? 'all pass' : `FAILED: ${failedChecks.join(', ')}; see above the tests`}`,
);
for (const what of leftOut()) console.log(`Left out: ${what}`);
console.log(`Total:  ${line}`);
// Where servers are required, to have skipped a test is to have failed.
const isWhole = process.env.TEST_REQUIRE_SERVERS !== '1' || skipped === 0;
process.exitCode = failedChecks.length === 0 && areTestsGood && isWhole ? 0 : 1;

/** What was not run, a line each. */
function leftOut() {
  if (servers === null) {
    const files = globSync('tests/e2e/**/*.e2e.ts', { cwd: root }).length - OF_ONE_PROCESS.length;
    return [
      `${skipped} tests that need real servers (npm run servers -- up)`,
      `${files} files of end-to-end tests for a second time, on servers`,
      'faults on servers (npm run test:faults)',
    ];
  }
  return [
    ...(skipped > 0 ? [`${skipped} tests that were skipped`] : []),
    ...(faults === undefined ? ['faults on servers (npm run test:faults)'] : []),
    ...(faults === 'ci' ? ['the longer faults on servers (npm run test:faults)'] : []),
    `${OF_ONE_PROCESS.join(' and ')} on servers: they count statements and calls of their own process`,
  ];
}

/** The names of those that failed; their output has been shown. */
function runChecks(parameters) {
  const turbo = join(root, 'node_modules/turbo/bin/turbo');
  const { status, stdout } = spawnSync(node, [turbo, ...parameters], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return [];
  console.log(stdout);
  const failed = /^Failed: +(.+)$/m.exec(stripVTControlCharacters(stdout ?? ''))?.[1];
  return failed?.replaceAll('//#', '').split(', ') ?? ['turbo'];
}

function run(script, parameters) {
  return spawnSync(node, [script, ...parameters], { cwd: root, env: environment, stdio: 'inherit' }).status === 0;
}

/** Failures outside of a test (a file that does not load, an unhandled error, a check) count as one failed each. */
function readTotals() {
  const checks = failedChecks.length;
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && !assertionResults.length,
    );
    const counted = numFailedTests + broken.length;
    const failed = checks + (areTestsGood ? counted : Math.max(counted, 1));
    return { passed: numPassedTests, failed, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: checks + 1, skipped: 0 };
  }
}
