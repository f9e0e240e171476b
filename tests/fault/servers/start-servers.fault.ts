import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portsAt } from '@starling/infra/ports.ts';
import { openDoor } from '../../e2e/support/client.ts';
import { blocksIn, commandsIn, openTerminal } from '../../e2e/support/readme.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import { watchInstallation, type InstallationProcesses } from '../support/installation-processes.ts';
import { runNpmScript, type NpmScript } from '../support/npm-script.ts';

/**
 * `npm run servers -- up` and `npm run start:servers`, as the README has them but for folder and ports, from their start to their
 * end: each test goes on where the one before has left it.
 */
let folder: string;
let door: number;
let starling: NpmScript;
let processes: InstallationProcesses;
/** What the README's commands gave while nothing was wrong. */
let answers: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starling-start-servers-'));
  const offset = await findFreePortOffset();
  door = portsAt(offset).haproxy.door;
  processes = watchInstallation(offset, 2);
  await succeeds('servers', '--folder', folder, '--native', 'up', '--port-offset', String(offset));
  starling = runNpmScript('start:servers', '--servers', folder);
  await starling.saw(/Starling is ready on its servers/);
});
afterAll(async () => {
  starling?.signal('SIGTERM');
  await starling?.ended;
  await succeeds('servers', '--folder', folder, 'reset');
  await rm(folder, { recursive: true });
});

test('two processes of each kind run, and it is told where to go', async () => {
  expect([...(await processes.running()).keys()].toSorted()).toEqual(processes.names.toSorted());
  expect(starling.stdout()).toContain(`GraphQL      http://127.0.0.1:${door}/graphql`);
  expect(starling.stdout()).toContain('Demo logins  ada, amir, anouk (password: starling-demo)');
  const { status } = await fetch(`http://127.0.0.1:${door}/graphiql/`);
  expect(status).toBe(200);
});

test('what the README says works through HAProxy', async () => {
  answers = await pasteReadme('wren');
  const [, , , , home, searched, , , , pushed] = answers;
  expect(home).toContain('Hello from the #hedge');
  expect(searched).toContain('Hello from the #hedge');
  expect(pushed).toBe(
    '{"data":{"homeTimelineUpdates":{"tweet":{"text":"Good morning, ada","author":{"handle":"wren"}},"retweetedBy":null}}}',
  );
});

test.each([
  [1, 'robin'],
  [2, 'linnet'],
])('and answers the same with number %i of each kind killed', async (number, handle) => {
  const victims = processes.names.filter((name) => name.endsWith(`-${number}`));
  const others = processes.names.filter((name) => !victims.includes(name));
  // Killed once, they would be back before all is asked: `start:servers` starts them again after a second. Paused, they would be
  // another fault, which processes.fault.ts has.
  const release = await processes.keepDead(victims);
  try {
    await expect.poll(processes.ready).toEqual(others);
    expect(await pasteReadme(handle)).toEqual(answers);
    expect(await processes.ready()).toEqual(others);
  } finally {
    release();
  }
  await expect.poll(processes.ready, { timeout: 120_000 }).toEqual(processes.names);
});

test('nobody has died but those that were killed', () => {
  const deaths = [...starling.stderr().matchAll(/^(\S+) has ended \((.*)\) and is started again\.$/gm)];
  const told = new Set(deaths.map(([, name, reason]) => `${name}: ${reason}`));
  expect([...told].toSorted()).toEqual(processes.names.map((name) => `${name}: signal SIGKILL`).toSorted());
});

test('no event was given up, and the topics are as they should be', async () => {
  expect(await succeeds('starling', 'dlq', 'list', '--servers', folder)).toBe('No dead letters.\n');
  expect(await succeeds('starling', 'topics', 'check', '--servers', folder)).toMatch(
    /^\d+ topics and their dead letters are as they should be\.\n$/,
  );
});

test('SIGTERM ends it in order, and nothing of it is left', async () => {
  starling.signal('SIGTERM');
  expect(await starling.ended).toMatchObject({ code: 0 });
  expect(await processes.running()).toEqual(new Map());
});

/** All that the README asks, as somebody who registers with this handle: the answers, without what differs from time to time. */
async function pasteReadme(handle: string): Promise<string[]> {
  const terminal = openTerminal(door, handle);
  const first = await terminal.paste('First queries');
  const commands = commandsIn('First subscription');
  const last = commands.pop();
  const second: object[] = [];
  for (const command of commands) second.push(await terminal.run(command));
  const feed = openDoor(door, terminal.variables['ADA_TOKEN']).subscribe(
    blocksIn('First subscription', 'graphql').join(),
  );
  let heard: unknown = null;
  const listening = feed.next().then(
    (news) => (heard = news),
    (error: unknown) => (heard = error),
  );
  // Nobody tells when a subscription stands: it is said until it is heard.
  const say = async () => last && heard === null && (await terminal.run(last));
  await expect.poll(() => say().then(() => heard), { timeout: 60_000, interval: 1_000 }).not.toBeNull();
  await listening;
  await feed.close();
  return [...first, ...second, heard].map((answer) => withoutChance(JSON.stringify(answer)).replaceAll(handle, 'wren'));
}

function withoutChance(answer: string): string {
  return answer
    .replace(/"(accessToken|endCursor|createdAt)":"[^"]+"/g, '"$1":"…"')
    .replace(/"id":"\d{19}"/g, '"id":"…"')
    .replace(/"followerCount":\d+/g, '"followerCount":…');
}

/** What it prints. */
async function succeeds(script: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runNpmScript(script, ...args).ended;
  expect(code, stderr).toBe(0);
  return stdout;
}
