import { execFile } from 'node:child_process';
import { open, readFile, readlink, realpath, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cluster } from './cluster.ts';

/** The server process of a cluster, ours or one that a killed Starling left behind. */
export type Postmaster = { pid: number; port: number };

/** A server that we have started. */
export type StartedServer = {
  port: number;
  /** What it logged since its start, once it has ended; null while it runs. */
  failure(): Promise<string | null>;
};

const STOP_PATIENCE_MS = 60_000;

/** The server that runs on the cluster; null if none does. Removes the traces of one that is gone, if its pid is another program's now. */
export async function findPostmaster(folder: string): Promise<Postmaster | null> {
  const file = join(folder, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isSafeInteger(pid) || pid === 0) return null;
  if (!(await isPostmasterOf(pid, folder))) {
    await rm(file, { force: true });
    return null;
  }
  return { pid, port: Number(lines[3] ?? 0) };
}

/** Starts the server in a session of its own, so that the terminal's Ctrl-C reaches us alone and Postgres stops last. */
export async function startServer(
  cluster: Cluster,
  port: number,
  settings: readonly string[],
  dieWithParent: boolean,
): Promise<StartedServer> {
  const { binaries, folder, launcher, logFile } = cluster;
  const log = await open(logFile, 'a', 0o600);
  const { size: logStart } = await log.stat();
  const server = [
    binaries.postgres,
    '-D',
    folder,
    ...['listen_addresses=127.0.0.1', `port=${port}`, ...settings].flatMap((one) => ['-c', one]),
  ];
  // After a change of user the kernel forgets whom to die with, hence innermost.
  const [program = '', ...args] =
    dieWithParent && process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'INT', ...server] : server;
  const child = launcher.launch(program, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: '/',
    env: cleanEnvironment(),
  });
  let ended = false;
  child.once('exit', () => (ended = true)).once('error', () => (ended = true));
  child.unref();
  await log.close();
  return { port, failure: async () => (ended ? readFrom(logFile, logStart) : null) };
}

/** Fast shutdown: open transactions are rolled back, everything committed is on disk. Resolves when the process is gone. */
export async function stopPostmaster(folder: string): Promise<void> {
  const giveUpAt = Date.now() + STOP_PATIENCE_MS;
  let signal: NodeJS.Signals | null = 'SIGINT';
  for (;;) {
    const running = await findPostmaster(folder);
    if (running === null) return;
    if (signal !== null) killQuietly(running.pid, signal);
    signal = Date.now() > giveUpAt ? 'SIGQUIT' : null;
    await delay(signal === null ? 10 : 1000);
  }
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A pid alone says little: it may be a zombie, or another program's by now. The server works inside its data folder. */
async function isPostmasterOf(pid: number, folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return isNamedPostgres(pid);
  const fields = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (fields === null || !/\(postgres\) [^ZX]/.test(fields)) return false;
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return place === null ? (await stat(folder)).uid !== process.getuid?.() : place === (await realpath(folder));
}

async function isNamedPostgres(pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'stat=,comm=']).catch(() => ({
    stdout: '',
  }));
  return /^[^Z].*postgres/.test(stdout.trim());
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just gone.
  }
}

/** Postgres would take its settings from PG* variables. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_') && name !== 'LANG',
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

async function readFrom(file: string, start: number): Promise<string> {
  const content = await readFile(file);
  return content.subarray(start).toString('utf8');
}
