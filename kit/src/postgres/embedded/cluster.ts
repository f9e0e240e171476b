import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Binaries, findBinaries } from './binaries.ts';
import { DataFolderError, cannotUse } from './data-folder-error.ts';
import { type Launcher, chooseLauncher } from './launcher.ts';

/** A data folder that is ready for its server. */
export type Cluster = {
  dataDir: string;
  /** The folder inside it that belongs to Postgres. */
  folder: string;
  logFile: string;
  password: string;
  binaries: Binaries;
  launcher: Launcher;
};

/** Who may log in: nobody but who can read the password file. */
export const SUPERUSER = 'starling';
const PASSWORD_FILE = 'starling-password';
const MAX_LOG_BYTES = 10_000_000;

/** Creates the cluster if the folder has none; refuses one of another Postgres version. */
export async function prepareCluster(path: string, { durable }: { durable: boolean }): Promise<Cluster> {
  const dataDir = resolve(path);
  const folder = join(dataDir, 'cluster');
  const binaries = await findBinaries();
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const launcher = await chooseLauncher(binaries.postgres, dataDir, folder);
    await removeLeftovers(dataDir);
    if (!(await exists(folder))) await createCluster({ dataDir, folder, binaries, launcher, durable });
    await checkVersion(folder, binaries, launcher);
    const password = (await readFile(join(folder, PASSWORD_FILE), 'utf8')).trim();
    const logFile = await prepareLog(join(dataDir, 'postgres.log'));
    return { dataDir, folder, logFile, password, binaries, launcher };
  } catch (error) {
    throw cannotUse(dataDir, error);
  }
}

type NewCluster = Pick<Cluster, 'dataDir' | 'folder' | 'binaries' | 'launcher'> & { durable: boolean };

/** Builds it aside and renames it at the end, so that a half-built one is never taken for whole and two starters cannot mix. */
async function createCluster({ dataDir, folder, binaries, launcher, durable }: NewCluster): Promise<void> {
  const scratch = join(dataDir, `init-${process.pid}`);
  await mkdir(scratch, { mode: 0o700 });
  const draft = join(scratch, 'cluster');
  const passwordFile = join(scratch, PASSWORD_FILE);
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await Promise.all([dataDir, scratch, passwordFile].map((path) => launcher.own(path)));
  try {
    const flags = ['--pgdata', draft, '--username', SUPERUSER, '--pwfile', passwordFile, ...INITDB_FLAGS];
    await run(launcher, binaries.initdb, durable ? flags : [...flags, '--no-sync']);
    await rename(passwordFile, join(draft, PASSWORD_FILE));
    await rename(draft, folder);
  } catch (error) {
    // Another starter was faster: its cluster serves as well.
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Byte order for text, which is the order of ids, and Unicode's classes of characters, which trigrams need. */
const INITDB_FLAGS = [
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--lc-collate=C',
  `--lc-ctype=${process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8'}`,
  '--lc-messages=C',
  '--lc-monetary=C',
  '--lc-numeric=C',
  '--lc-time=C',
];

async function run({ launch }: Launcher, program: string, args: readonly string[]): Promise<string> {
  const child = launch(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [output, complaint, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
  if (code === 0) return output;
  if (/No space left on device/.test(complaint)) throw Object.assign(new Error(complaint), { code: 'ENOSPC' });
  const reason = complaint.split('\n').find((line) => /error:|FATAL|PANIC|error while loading/.test(line)) ?? complaint;
  throw new Error(`${program.split(/[\\/]/).at(-1)} failed: ${reason.trim() || `exit code ${code}`}`);
}

async function textOf(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream);
}

async function checkVersion(folder: string, binaries: Binaries, launcher: Launcher): Promise<void> {
  const present = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  const ours = /\d+/.exec(await run(launcher, binaries.postgres, ['--version']))?.[0];
  if (present === ours) return;
  throw new DataFolderError(
    `${folder} was made by Postgres ${present}, this Starling brings Postgres ${ours}. Dump it with version ${present} and restore it into a new data folder.`,
  );
}

/** Scratch folders of starters that were killed. */
async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = /^init-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** Proves that the folder can be written, and keeps the log bounded. */
async function prepareLog(file: string): Promise<string> {
  const log = await open(file, 'a', 0o600);
  const { size } = await log.stat();
  await log.close();
  if (size > MAX_LOG_BYTES) await rename(file, `${file}.old`);
  return file;
}

async function exists(path: string): Promise<boolean> {
  return open(path).then(
    (handle) => handle.close().then(() => true),
    () => false,
  );
}
