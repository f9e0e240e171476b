import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MAJORS } from '../engines.ts';
import { ServersError } from '../servers-error.ts';
import { runProgram } from './run-program.ts';

/** Where Debian puts what is not on everybody's PATH. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const PACKAGES = { redis: 'redis-server', haproxy: 'haproxy', postgres: `postgresql-${MAJORS.postgres}` } as const;
const PROGRAMS = { redis: 'redis-server', haproxy: 'haproxy', postgres: 'postgres' } as const;
const VERSION_FLAGS = { redis: '--version', haproxy: '-v', postgres: '--version' } as const;

/** The path of a Debian package's server, once its major is checked. */
export async function findProgram(engine: keyof typeof MAJORS): Promise<string> {
  const folders = engine === 'postgres' ? [postgresFolder(), ...searchPath()] : searchPath();
  const program = await findIn(folders, PROGRAMS[engine]);
  if (program === null)
    throw new ServersError(`${PROGRAMS[engine]} is missing. Install it by: ${installing(PACKAGES[engine])}`);
  const version = await runProgram(program, [VERSION_FLAGS[engine]]);
  const major = Number(/(?:v=|version |\(PostgreSQL\) )(\d+)\./.exec(version)?.[1]);
  if (major === MAJORS[engine]) return program;
  throw new ServersError(
    `${program} is version ${major}, and Starling is made for ${MAJORS[engine]}. Install that by: ${installing(PACKAGES[engine])}`,
  );
}

/** Where initdb and its kin lie: Debian keeps them off the PATH, by major. */
export function postgresFolder(): string {
  return `/usr/lib/postgresql/${MAJORS.postgres}/bin`;
}

/** Fails, naming the package to install, if a tool is missing. */
export async function requireTool(program: string, debianPackage: string): Promise<void> {
  if ((await findIn(searchPath(), program)) === null)
    throw new ServersError(`${program} is missing. Install it by: ${installing(debianPackage)}`);
}

function installing(debianPackage: string): string {
  return `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install ${debianPackage}`;
}

function searchPath(): string[] {
  return [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
}

async function findIn(folders: readonly string[], program: string): Promise<string | null> {
  for (const folder of folders) {
    const file = join(folder, program);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return null;
}
