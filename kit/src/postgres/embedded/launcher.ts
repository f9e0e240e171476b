import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataFolderError } from './data-folder-error.ts';

/** Starts a program as a user that Postgres accepts: it refuses to run as root. */
export type Launcher = {
  launch(program: string, args: readonly string[], options: SpawnOptions): ChildProcess;
  /** Hands a new file or folder to that user. */
  own(path: string): Promise<void>;
};

const ORDINARY: Launcher = { launch: spawn, own: async () => {} };

/** Root under another name: in a user namespace of its own, where it still owns its files. No chown, no other user needed. */
const RENAMED: Launcher = {
  launch: (program, args, options) =>
    spawn('unshare', ['--user', '--map-user=1000', '--map-group=1000', '--', program, ...args], options),
  own: async () => {},
};

/** The first way that reaches both the programs and the folder; `cluster` keeps the owner that it has. */
export async function chooseLauncher(program: string, dataDir: string, cluster: string): Promise<Launcher> {
  if (process.getuid?.() !== 0) return ORDINARY;
  const owner = await stat(cluster).catch(() => null);
  const candidates =
    owner === null ? [RENAMED, ...(await otherUsers(dataDir))] : owner.uid === 0 ? [RENAMED] : [asUser(owner)];
  for (const candidate of candidates) {
    if (await reaches(candidate, program, dirname(dataDir))) return candidate;
  }
  throw new DataFolderError(
    `Postgres does not run as root, and no other user can reach both ${program} and ${dataDir}. Start Starling as an ordinary user.`,
  );
}

async function otherUsers(dataDir: string): Promise<Launcher[]> {
  const parent = await stat(dirname(dataDir));
  const users = await Promise.all(['postgres', 'nobody'].map(findUser));
  return [parent, ...users].filter((user) => user !== null && user.uid !== 0).map((user) => asUser(user as User));
}

type User = { uid: number; gid: number };

async function findUser(name: string): Promise<User | null> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = accounts
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
  return fields === undefined ? null : { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function asUser({ uid, gid }: User): Launcher {
  return {
    launch: (program, args, options) => spawn(program, args, { ...options, uid, gid }),
    own: (path) => chown(path, uid, gid),
  };
}

async function reaches({ launch }: Launcher, program: string, folder: string): Promise<boolean> {
  const probe = launch('/bin/sh', ['-c', 'test -x "$0" && cd "$1"', program, folder], { stdio: 'ignore', cwd: '/' });
  const [code] = (await once(probe, 'exit').catch(() => [1])) as [number | null];
  return code === 0;
}
