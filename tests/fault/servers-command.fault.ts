import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findProcess } from '@starling/infra/native/instance.ts';
import { portsAt, type Ports } from '@starling/infra/ports.ts';
import { findFreePortOffset } from '../support/free-port-offset.ts';

const COMMAND = [
  '--disable-warning=TimeoutNegativeWarning',
  '--import',
  './scripts/production.mjs',
  'infra/src/main.ts',
];
const SOON = { timeout: 60_000, interval: 5 };
const isMissing = ['redis-server', 'haproxy'].some((program) => spawnSync(program, ['-v']).error !== undefined);

/** The command itself, with those servers that start within moments. */
describe.skipIf(isMissing)('npm run servers', () => {
  let folder: string;
  let offset: number;
  let ports: Ports;
  const environment: NodeJS.ProcessEnv = { ...process.env };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'starling-servers-'));
    offset = await findFreePortOffset();
    ports = portsAt(offset);
  });

  afterEach(async () => {
    environment.PATH = process.env.PATH;
    await servers('reset');
    await rm(folder, { recursive: true, force: true });
  });

  test('up starts what does not run, adopts what does, and down keeps the data', async () => {
    const first = await up('redis,haproxy');
    expect(first).toMatchObject({ code: 0, complaint: '' });
    expect(first.output).toContain('redis answers');
    const pids = await pidsOf('redis', 'haproxy');
    await redis().then(async (client) => {
      await client.set('kept', 'over a restart');
      client.disconnect();
    });

    expect(await up('redis,haproxy')).toMatchObject({ code: 0 });
    expect(await pidsOf('redis', 'haproxy')).toEqual(pids);
    expect((await servers('status')).code).toBe(0);

    expect((await servers('down')).output).toBe('Ended: haproxy, redis.\n');
    expect(await servers('status')).toMatchObject({ code: 1 });
    expect((await servers('down')).output).toBe('Nothing was running.\n');

    await servers('up');
    const client = await redis();
    expect(await client.get('kept')).toBe('over a restart');
    client.disconnect();
  });

  test('up brings back what was killed, and leaves the rest as it is', async () => {
    await up('redis,haproxy');
    const [killed, kept] = await pidsOf('redis', 'haproxy');
    process.kill(killed!, 'SIGKILL');
    await vi.waitFor(async () => expect(await findProcess(join(folder, 'engines/redis'))).toBeNull(), SOON);
    expect((await servers('status')).output).toMatch(/^redis .* does not run$/m);
    expect(await servers('up')).toMatchObject({ code: 0 });
    const [revived, same] = await pidsOf('redis', 'haproxy');
    expect(revived).not.toBe(killed);
    expect(same).toBe(kept);
  });

  test('what a killed up leaves behind, the next one repairs', async () => {
    const cut = start('up', '--port-offset', String(offset), '--engines', 'redis,redis-cluster');
    // Some nodes run, and do not make a cluster yet.
    await vi.waitFor(() => access(join(folder, 'engines/redis-cluster-3/process')), SOON);
    cut.kill('SIGKILL');
    await once(cut, 'close');
    const again = await up('redis,redis-cluster');
    expect(again).toMatchObject({ code: 0, complaint: '' });
    expect((await servers('status')).output.match(/answers/g)).toHaveLength(7);
  });

  test('two ups at once come to one set of servers', async () => {
    const both = await Promise.all([up('redis'), up('redis')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await pidsOf('redis')).toHaveLength(1);
  });

  test('down ends nothing that up has not started', async () => {
    const foreign = spawn('redis-server', ['--port', String(ports.redisCluster[0]), '--save', '']);
    try {
      await up('redis');
      await servers('down');
      expect([foreign.exitCode, foreign.signalCode]).toEqual([null, null]);
    } finally {
      foreign.kill();
    }
  });

  test('a port that somebody else has is named', async () => {
    const other = createServer().listen(ports.redis, '127.0.0.1');
    await once(other, 'listening');
    const { code, complaint } = await up('redis,haproxy');
    other.close();
    expect(code).toBe(1);
    expect(complaint).toContain(
      `Port ${ports.redis}, which redis needs, is taken by a program that is not of these servers.`,
    );
  });

  test('servers that run are not moved', async () => {
    await up('haproxy');
    const { code, complaint } = await servers('up', '--port-offset', String(offset + 10_000));
    expect({ code, complaint }).toEqual({ code: 1, complaint: expect.stringContaining('npm run servers -- down') });
  });

  test('all that is missing is told before anything starts', async () => {
    await standIn('redis-server', "echo 'Redis server v=6.0.16 sha=0'");
    await standIn('haproxy', "echo 'HAProxy version 3.0.2 2026/01/01'");
    const { code, complaint } = await up('redis,haproxy');
    expect(code).toBe(1);
    expect(complaint).toMatch(
      /redis-server is version 6, and Starling is made for 7\. Install that by: .*apt-get install redis-server/,
    );
    expect(complaint).toMatch(/haproxy is version 3, and Starling is made for 2/);
    await expect(readdir(join(folder, 'engines'))).rejects.toThrow('ENOENT');
  });

  test('data lie where they are wanted, and reset wipes them there, and nothing else', async () => {
    const disk = join(folder, 'other-disk');
    await mkdir(disk);
    await writeFile(join(disk, 'precious'), '');
    await up('redis', '--data', `redis=${disk}`);
    expect(await readdir(join(disk, 'starling-redis'))).toContain('appendonlydir');
    await servers('reset');
    expect(await readdir(disk)).toEqual(['precious']);
  });

  test('logs shows what a server has said', async () => {
    await up('redis');
    expect((await servers('logs', 'redis', '-n', '50')).output).toContain('Ready to accept connections');
    expect((await servers('logs', 'radis')).complaint).toContain(
      'There is no radis among the servers; there are redis.',
    );
  });

  test.each([
    [['up', '--engines', 'oracle'], 'There is no oracle; there are postgres, redis,'],
    [['up', '--brokers', '2'], 'Kafka has 1 broker here, or 3.'],
    [['up', '--port-offset', 'x'], 'A port offset is a whole number'],
    [['up', '--engines', 'redis', '--data', 'radis=/tmp'], 'There is no radis among the servers'],
  ])('%s is refused with a reason', async (flags, reason) => {
    const { code, complaint } = await servers(...flags);
    expect({ code, complaint }).toEqual({ code: 1, complaint: expect.stringContaining(reason) });
  });

  test('where Docker answers, Compose starts the services of the engines that are asked for', async () => {
    const asked = join(folder, 'asked');
    await standIn('docker', `echo "$@" >> ${asked}; env | grep REDIS_PORT >> ${asked}; exit 0`);
    // What the stand-in does not start cannot answer.
    const { code } = await servers('up', '--port-offset', String(offset), '--engines', 'redis');
    expect(code).toBe(1);
    const lines = (await readFile(asked, 'utf8')).split('\n');
    expect(lines).toContain('info');
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^compose --file \S+docker-compose.yml --project-name starling --profile servers up --detach --wait redis$/,
      ),
    );
    expect(lines).toContain(`REDIS_PORT=${ports.redis}`);
  });

  function up(engines: string, ...flags: string[]) {
    return servers('--native', 'up', '--port-offset', String(offset), '--engines', engines, ...flags);
  }

  async function servers(...flags: string[]) {
    const child = start(...flags);
    const closed = once(child, 'close') as Promise<[number | null]>;
    const [output, complaint, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
    return { code, output, complaint };
  }

  function start(...flags: string[]): ChildProcess {
    return spawn(process.execPath, [...COMMAND, '--folder', folder, ...flags], { env: environment, stdio: 'pipe' });
  }

  /** A program of that name which does just this. */
  async function standIn(name: string, script: string): Promise<void> {
    const programs = join(folder, 'programs');
    await mkdir(programs, { recursive: true });
    await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(programs, name), 0o755);
    environment.PATH = `${programs}${delimiter}${process.env.PATH ?? ''}`;
  }

  async function pidsOf(...names: string[]): Promise<number[]> {
    return Promise.all(
      names.map(async (name) =>
        Number((await readFile(join(folder, 'engines', name, 'process'), 'utf8')).split('\n')[0]),
      ),
    );
  }

  async function redis(): Promise<Redis> {
    const env = parseEnv(await readFile(join(folder, 'servers.env'), 'utf8'));
    return new Redis({ port: ports.redis, password: env['REDIS_PASSWORD']! });
  }
});
