import { afterAll, beforeAll, expect, test } from 'vitest';
import { COLLAPSE_WITHIN } from './support/load/brute-force.ts';
import { gatherCrowd, type Crowd } from './support/load/crowd.ts';
import { failuresIn } from './support/load/tally.ts';
import { underLoad } from './support/load/under-load.ts';
import { watchHomes, type Watch } from './support/load/watch-homes.ts';
import { createBench, postgresOf, type StarlingProcess } from './support/starling-process.ts';

const QUICK_PASSWORDS = { USERS_PASSWORD_MEMORY_KI_B: '1024', USERS_PASSWORD_PASSES: '1' };
const bench = createBench();
let data: string;
let starling: StarlingProcess;
let port: number;
let crowd: Crowd;
let watch: Watch;

async function start(): Promise<void> {
  const settings = { USERS_ACCESS_TOKEN_MS: '3600000', TIMELINE_COLLAPSE_WITHIN: String(COLLAPSE_WITHIN) };
  starling = bench.start({ data, env: { ...QUICK_PASSWORDS, ...settings } });
  port = await starling.ready();
}

beforeAll(async () => {
  data = await bench.folder();
  await start();
  crowd = await gatherCrowd({ doors: () => [`127.0.0.1:${port}`], people: 8, seed: 5 });
  watch = await watchHomes(crowd);
});
afterAll(async () => {
  await watch?.stop();
  await bench.clean();
});

test('without a fault nothing fails', async () => {
  const { failures } = await underLoad({ crowd, watch }, async () => undefined);
  expect(failures).toEqual({});
});

test('Postgres is killed', async () => {
  await underLoad({ crowd, watch }, async () => {
    const postgres = await postgresOf(data);
    process.kill(postgres?.pid ?? 0, 'SIGKILL');
  });
});

test('the process is killed, and another takes over', async () => {
  const report = await underLoad({ crowd, watch }, async () => {
    starling.kill('SIGKILL');
    await starling.ended;
    await start();
  });
  expect(failuresIn(report)).toBeGreaterThan(0);
});
