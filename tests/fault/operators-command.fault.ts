import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '@starling/kit/postgres/embedded-postgres.ts';
import { runCli } from './support/cli.ts';

let folder: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starling-operators-'));
  data = join(folder, 'data');
  const edgeList = join(folder, 'graph.edges');
  await writeFile(edgeList, '1 2\n2 3\n');
  await succeeds('import', edgeList, '--data', data, '--tweets', '2');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function succeeds(...args: string[]): Promise<string> {
  const run = runCli(...args);
  expect([await run.exitCode(), run.output()]).toEqual([0, expect.anything()]);
  return run.output();
}

test('the commands do their work on the data folder of a community that is not running', async () => {
  expect(await succeeds('users', 'suspend', '@u1', '--data', data)).toBe('@u1 is suspended now.\n');
  const reconciled = await succeeds('counters', 'reconcile', '--data', data);
  expect(reconciled).toContain('0 of 3 people had wrong counters.\n0 of 6 tweets had wrong counters.\n');
  // One of three is suspended, and reads nothing.
  expect(await succeeds('timelines', 'audit', '--data', data)).toMatch(/^2 of 2 home timelines equal /m);
  expect(await succeeds('timelines', 'rebuild', '--data', data)).toMatch(/^[^\n]* there is nothing to rebuild\.\n$/);
});

test('what there is not is refused in one line', async () => {
  const run = runCli('dlq', 'show', 'tweet.v1', '0', '7', '--data', data);
  expect(await run.exitCode()).toBe(1);
  expect(run.output()).toBe('There is no dead letter tweet.v1 0 7.\n');
});

test.each([
  [['dlq', 'show', 'tweet.v1', '0', '-1'], /^error: .*\n$/],
  [['dlq', 'replay', 'tweet.v1', '--offset', '1'], /^error: --partition and --offset go together[^\n]*\n$/],
])('a command that makes no sense is refused before anything is started: %j', async (args, message) => {
  const run = runCli(...args);
  expect(await run.exitCode()).toBe(1);
  expect(run.output()).toMatch(message);
});

test('a folder without a community, or one that is in use, is refused in one line', async () => {
  const none = runCli('counters', 'reconcile', '--data', join(folder, 'none'));
  expect(await none.exitCode()).toBe(1);
  expect(none.output()).toMatch(/^There is no community in \S+none\. Name its data folder with --data\.\n$/);

  const postgres = await startEmbeddedPostgres({ dataDir: join(data, 'postgres'), dieWithParent: true });
  try {
    const used = runCli('dlq', 'list', '--data', data);
    expect(await used.exitCode()).toBe(1);
    expect(used.output()).toMatch(/^Another Starling \(process \d+ [^\n]*\) uses the data folder [^\n]*\n$/);
  } finally {
    await postgres.stop();
  }
});

test.each([
  [[], ['import', 'users', 'dlq', 'counters', 'timelines']],
  [['dlq'], ['list', 'show', 'replay']],
  [
    ['dlq', 'replay'],
    ['<topic>', '--partition', '--offset', '--data'],
  ],
  [['counters', 'reconcile'], ['--data']],
  [
    ['timelines', 'audit'],
    ['--user', '--data'],
  ],
])('help says what there is: %j', async (args, words) => {
  const output = await succeeds(...args, '--help');
  for (const word of words) expect(output).toContain(word);
});
