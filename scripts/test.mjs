// `npm test`: the checks side by side, then every test; ends with what failed and one line of totals.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root } from './build-steps.mjs';

const CHECKS = ['typecheck', 'lint', 'lint:protos', 'format:check', 'imports', 'compose:check', 'check:breaking'];

const cache = join(root, 'node_modules/.cache/starling');
const report = join(cache, 'vitest.json');
const totals = join(cache, 'test-totals.txt');
mkdirSync(cache, { recursive: true });
for (const file of [report, totals]) rmSync(file, { force: true });

const areChecksGood = run(join(root, 'node_modules/turbo/bin/turbo'), [
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
const areTestsGood = run(vitest, ['run', ...reporters, ...process.argv.slice(2)]);

const { passed, failed } = readTotals();
const line = `${passed} passed, ${failed} failed`;
writeFileSync(totals, `${line}\n`);
console.log(`\nChecks (${CHECKS.join(', ')}): ${areChecksGood ? 'all pass' : 'FAILED, see above'}`);
console.log(`Tests: ${areTestsGood ? 'all pass' : 'FAILED, see above'}`);
console.log(line);
process.exitCode = areChecksGood && areTestsGood ? 0 : 1;

function run(script, parameters) {
  const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', APOLLO_TELEMETRY_DISABLED: '1' };
  delete environment.NODE_ENV; // vitest sets its own
  return spawnSync(node, [script, ...parameters], { cwd: root, env: environment, stdio: 'inherit' }).status === 0;
}

/** Failures outside of a test (a file that does not load, an unhandled error, a check) count as one failed each. */
function readTotals() {
  const checks = areChecksGood ? 0 : 1;
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && !assertionResults.length,
    );
    const counted = numFailedTests + broken.length;
    return { passed: numPassedTests, failed: checks + (areTestsGood ? counted : Math.max(counted, 1)) };
  } catch {
    return { passed: 0, failed: checks + 1 };
  }
}
