import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createRandom, heavyTailed } from '@starling/stack/community/random.ts';
import { runCli, type CliRun } from './support/cli.ts';

const PEOPLE = 100;
/** More than one batch of tweets in all. */
const TWEETS_EACH = 12;
const STEPS = ['follows', 'tweets', 'events'];

let folder: string;
let edgeList: string;
const runs: CliRun[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starling-import-'));
  edgeList = join(folder, 'graph.edges');
  await writeFile(edgeList, makeEdges());
});
afterAll(async () => {
  await Promise.all(runs.map((run) => run.kill()));
  await Promise.all(STEPS.map((step) => stopPostgres(dataFolder(step))));
  await rm(folder, { recursive: true, force: true });
});

test.each(STEPS)(
  'an import killed while it brings %s can be run again: everybody’s home timeline is then true',
  async (step) => {
    const data = dataFolder(step);
    const first = startImport(data);
    await first.saw(new RegExp(`^${step}: \\d+/\\d+$`, 'm'));
    await first.kill();
    expect(first.output()).not.toMatch(/^checked:|home timelines/m);
    const orphan = await postmasterOf(data);
    expect(orphan).not.toBeNull();

    const second = startImport(data);
    await second.saw(/^people: /m);
    expect(await postmasterOf(data)).toBe(orphan);
    expect(await second.exitCode(), second.output()).toBe(0);
    expect(second.output()).toContain(`${PEOPLE} of ${PEOPLE} home timelines equal the definition`);
    expect(second.output()).toContain('new in this run: 0 people');
    expect(await postmasterOf(data)).toBeNull();
  },
);

function dataFolder(step: string): string {
  return join(folder, step);
}

function startImport(data: string): CliRun {
  const run = runCli('import', edgeList, '--data', data, '--tweets', String(TWEETS_EACH), '--check');
  runs.push(run);
  return run;
}

/** Process id of the Postgres that runs on a data folder; null if none does. */
async function postmasterOf(data: string): Promise<number | null> {
  const lines = (await readFile(join(data, 'postgres/cluster/postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  return pid > 0 && isRunning(pid) ? pid : null;
}

async function stopPostgres(data: string): Promise<void> {
  const pid = await postmasterOf(data);
  if (pid === null) return;
  process.kill(pid, 'SIGINT');
  await vi.waitFor(async () => expect(await postmasterOf(data)).toBeNull(), { timeout: 30_000, interval: 20 });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Everybody knows somebody; most of all the first ones. */
function makeEdges(): string {
  const random = createRandom(1);
  const lines = ['# a small world'];
  for (let person = 0; person < PEOPLE; person += 1) {
    lines.push(`${person} ${(person + 1) % PEOPLE}`);
    for (let edge = 0; edge < 12; edge += 1) {
      const other = heavyTailed(random, PEOPLE, 0.6);
      if (other !== person) lines.push(`${person} ${other}`);
    }
  }
  return lines.join('\n');
}
