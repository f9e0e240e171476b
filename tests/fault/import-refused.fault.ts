import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '@starling/kit/postgres/embedded-postgres.ts';
import { runCli } from './support/cli.ts';

let folder: string;
let edgeList: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starling-refused-'));
  edgeList = join(folder, 'graph.edges');
  data = join(folder, 'data');
  await writeFile(edgeList, '1 2\n2 3\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['a file that is not there', () => [join(folder, 'none.edges')], /^There is no file \S+none\.edges\.\n$/],
  ['a folder for a file', () => [folder], /^\S+ is not a file\.\n$/],
  ['a count of tweets that is none', () => [edgeList, '--tweets', '-1'], /^error: option '--tweets <count>' .*\n$/],
  ['a short password', () => [edgeList, '--password', 'abc'], /^error: option '--password <password>' .*\n$/],
  ['an unknown option', () => [edgeList, '--fast'], /^error: unknown option '--fast'\n$/],
])('%s is refused in one line, and nothing is started', async (_what, args, message) => {
  const run = runCli('import', '--data', data, ...args());
  expect(await run.exitCode()).toBe(1);
  expect(run.output()).toMatch(message);
  await expect(access(data)).rejects.toThrow('ENOENT');
});

test('a malformed line is refused with its number, and nothing is started', async () => {
  const file = join(folder, 'malformed.edges');
  await writeFile(file, '1 2\n\n2 -\n');
  const run = runCli('import', file, '--data', data);
  expect(await run.exitCode()).toBe(1);
  expect(run.output()).toMatch(/^Line 3 of \S+ is no edge: [^\n]*\n$/);
  await expect(access(data)).rejects.toThrow('ENOENT');
});

test('a data folder that another process uses is refused in one line, and left alone', async () => {
  const used = join(folder, 'used');
  const postgres = await startEmbeddedPostgres({ dataDir: join(used, 'postgres'), dieWithParent: true });
  try {
    const run = runCli('import', edgeList, '--data', used);
    expect(await run.exitCode()).toBe(1);
    expect(run.output()).toMatch(/^Another Starling \(process \d+ [^\n]*\) uses the data folder [^\n]*\n$/);
    await expect(access(join(used, 'founding.json'))).rejects.toThrow('ENOENT');
  } finally {
    await postgres.stop();
  }
});

test('help says what there is', async () => {
  const run = runCli('import', '--help');
  expect(await run.exitCode()).toBe(0);
  for (const word of ['<file>', '--data', '--password', '--tweets', '--seed', '--directed', '--check']) {
    expect(run.output()).toContain(word);
  }
});
