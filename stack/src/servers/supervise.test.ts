import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProcessPlan } from './plan-processes.ts';
import { stopAll, supervise, type Supervised } from './supervise.ts';

/** Processes take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

let logs: string;
let running: Supervised[];

beforeEach(async () => {
  logs = await mkdtemp(join(tmpdir(), 'supervise-'));
  running = [];
});
afterEach(async () => {
  await stopAll(running);
  await rm(logs, { recursive: true, force: true });
});

async function start(env: ProcessPlan['env'] = {}) {
  const died: string[] = [];
  const port = await freePort();
  const plan: ProcessPlan = {
    name: 'tweets-1',
    kind: 'tweets',
    entry: 'stack/src/servers/testing/small-process.ts',
    env: { ...env, STARLING_HTTP_PORT: String(port) },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  };
  running = await supervise([plan], { logs, onDied: (name, reason) => died.push(`${name}: ${reason}`) });
  const [one] = running;
  if (one === undefined) throw new Error('Nothing was started.');
  return { one, died };
}

test('what dies is told and started again', async () => {
  const { one, died } = await start();
  await one.ready();
  const first = one.pid();

  one.signal('SIGKILL');

  const next = await vi.waitUntil(() => one.pid() !== first && one.pid(), { timeout: 20_000 });
  expect(next).not.toBe(first);
  await one.ready();
  expect(died).toEqual(['tweets-1: signal SIGKILL']);
});

test('what is told to stop ends, and stays away until it is started', async () => {
  const { one, died } = await start();
  await one.ready();

  await one.stop();

  expect(one.pid()).toBeNull();
  await expect(one.ready()).rejects.toThrow('tweets-1 does not run.');
  await one.start();
  expect(one.pid()).not.toBeNull();
  expect(died).toEqual([]);
});

test('what ends before it is ready is told with its last words, which its log keeps', async () => {
  const { one } = await start({ LAST_WORD: 'Redis is away.' });

  await expect(one.ready()).rejects.toThrow(/^tweets-1 has ended before it was ready: exit code 1: Redis is away\.$/);
  expect(await readFile(join(logs, 'tweets-1.log'), 'utf8')).toContain('Redis is away.');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
