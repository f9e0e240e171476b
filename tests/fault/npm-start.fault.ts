import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDoor } from '../e2e/support/client.ts';
import { home, post, register, relate, search, type Someone } from '../e2e/support/people.ts';
import { greet } from '../e2e/support/raw-socket.ts';
import { holdRequest } from './support/held-request.ts';
import { createBench, postgresOf, type StarlingProcess } from './support/starling-process.ts';

/** One data folder and its whole life: each test goes on where the one before has left it. */
const bench = createBench();
const eventually = { timeout: 30_000, interval: 50 };
let data: string;
let starling: StarlingProcess;
let port: number;
let ada: Someone;
let bob: Someone;

beforeAll(async () => {
  data = await bench.folder();
});
afterAll(() => bench.clean());

async function start(): Promise<void> {
  starling = bench.start({ data });
  port = await starling.ready();
  if (ada === undefined) return;
  ada = { ...ada, ...openDoor(port, ada.accessToken) };
  bob = { ...bob, ...openDoor(port, bob.accessToken) };
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  starling.kill(signal);
  expect(await starling.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await postgresOf(data)).toBeNull();
}

test('on an empty folder it prints where to go and is ready', async () => {
  await start();
  expect(starling.stdout()).toContain(`GraphiQL     http://127.0.0.1:${port}/graphiql/`);
  expect(starling.stdout()).toContain(`WebSocket    ws://127.0.0.1:${port}/graphql`);
  expect(starling.stdout()).toContain(`Data         ${data}`);
  expect(starling.stdout()).not.toContain('Demo logins');
  const readiness = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([readiness.status, await readiness.json()]).toEqual([200, expect.objectContaining({ status: 'ok' })]);
  [ada, bob] = await Promise.all([register({ port }, 'ada'), register({ port }, 'bob')]);
  await relate(bob, 'follow', ada);
});

test('a post that is answered just before Ctrl-C is at home with followers and in search after the next start', async () => {
  const id = await post(ada, 'Posted just before Ctrl-C');
  await stop('SIGINT');
  await start();
  await vi.waitFor(async () => {
    expect(await home(bob)).toEqual([id]);
    expect(await search(bob, '"just before ctrl-c"')).toEqual([id]);
  }, eventually);
});

test('Postgres stops last: nobody is connected to it any more', async () => {
  expect(await readFile(join(data, 'postgres/postgres.log'), 'utf8')).not.toMatch(
    /terminating connection|is shutting down/,
  );
});

test('a second start on the same folder is refused by name and disturbs nobody', async () => {
  const { code, stderr } = await bench.start({ data }).ended;
  expect(stderr).toMatch(/^Another Starling \(process \d+ on .*\) uses the data folder .*\n$/);
  expect(code).toBe(1);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
});

test('a start on a busy port says so and leaves no Postgres behind', async () => {
  const other = await bench.folder();
  const { code, stderr } = await bench.start({ data: other, flags: ['--empty', '--port', String(port)] }).ended;
  expect(stderr).toBe(`Port ${port} is in use. Choose another with --port.\n`);
  expect(code).toBe(1);
  expect(await postgresOf(other)).toBeNull();
});

test('SIGTERM closes sockets with 1001 and answers what is in flight', async () => {
  const socket = await greet(port, { Authorization: `Bearer ${bob.accessToken}` });
  const request = await holdRequest(port, '{ user(handle: "ada") { handle } }');
  starling.kill('SIGTERM');
  expect((await socket.closed).code).toBe(1001);
  const { status, body } = await request.finish();
  expect([status, body]).toEqual([200, expect.stringContaining('{"data":{"user":{"handle":"ada"}}}')]);
  expect(await starling.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await postgresOf(data)).toBeNull();
});

test('a second Ctrl-C does not wait; the Postgres it leaves is taken over by the next start', async () => {
  await start();
  const request = await holdRequest(port, '{ viewer { id } }');
  const pressing = setInterval(() => starling.kill('SIGINT'), 100);
  const { code } = await starling.ended;
  clearInterval(pressing);
  request.abandon();
  expect(code).toBe(130);
  const orphan = await postgresOf(data);
  expect(orphan).not.toBeNull();
  await start();
  expect(await postgresOf(data)).toEqual(orphan);
});

test('Ctrl-C while it starts stops it in order too', async () => {
  await stop('SIGINT');
  starling = bench.start({ data });
  await vi.waitFor(async () => expect(await postgresOf(data)).not.toBeNull(), { timeout: 30_000, interval: 5 });
  expect(starling.stdout()).toBe('');
  await stop('SIGINT');
});
