import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPostmaster, stopPostmaster } from '@starling/kit/postgres/embedded/postmaster.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PRELOAD = join(ROOT, 'scripts/production.mjs');
const MAIN = join(ROOT, 'stack/src/main.ts');

export type Ended = { code: number | null; stdout: string; stderr: string };

/** `npm start` as a process of its own. */
export type StarlingProcess = {
  /** Resolves with the port once the table is printed; rejects with what was said if it ends before. */
  ready(): Promise<number>;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
};

export type Start = { data: string; flags?: string[]; env?: Record<string, string> };

/** Folders and processes of a test file; nothing of them is left after `clean`, whatever happened. */
export type Bench = {
  folder(): Promise<string>;
  start(options: Start): StarlingProcess;
  clean(): Promise<void>;
};

export function createBench(): Bench {
  const folders: string[] = [];
  const children: ChildProcess[] = [];
  return {
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), 'starling-start-'));
      folders.push(folder);
      return folder;
    },
    start({ data, flags = ['--empty', '--port', '0'], env = {} }) {
      const child = spawn(process.execPath, ['--import', PRELOAD, MAIN, '--data', data, ...flags], {
        cwd: tmpdir(),
        env: { PATH: process.env['PATH'], SEARCH_CACHE_TTL_MS: '0', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      return follow(child);
    },
    async clean() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      for (const folder of folders) {
        await stopPostmaster(clusterOf(folder));
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The Postgres that runs on a data folder; null if none does. */
export function postgresOf(data: string): ReturnType<typeof findPostmaster> {
  return findPostmaster(clusterOf(data));
}

function clusterOf(data: string): string {
  return join(data, 'postgres/cluster');
}

function follow(child: ChildProcess): StarlingProcess {
  let stdout = '';
  let stderr = '';
  const readiness = Promise.withResolvers<number>();
  readiness.promise.catch(() => undefined);
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    const port = /GraphQL +http:\S+:(\d+)\/graphql\n/.exec(stdout)?.[1];
    if (port !== undefined) readiness.resolve(Number(port));
  });
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => {
    readiness.reject(new Error(`It ended with ${String(code)} before it was ready:\n${stdout}${stderr}`));
    return { code: code as number | null, stdout, stderr };
  });
  return {
    ready: () => readiness.promise,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
