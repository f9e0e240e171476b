import type { Connection } from './elasticsearch-connection.ts';
import type { IndexNames } from './names.ts';

const TIMEOUT_MS = 10_000;

type Aliases = Record<string, { aliases?: Record<string, unknown> }>;

/**
 * Versions that take writes now, the oldest first: one, or two during a rebuild. Asked anew for every batch, since another
 * process may have begun or ended a rebuild.
 */
export async function writtenVersions(connection: Connection, names: IndexNames): Promise<number[]> {
  const found = await readAliases(connection, `/_alias/${names.writeAliases}`);
  const aliases = Object.values(found).flatMap(({ aliases: own = {} }) => Object.keys(own));
  return numbersOf(aliases, names);
}

/** Versions that are there at all, the oldest first. */
export async function presentVersions(connection: Connection, names: IndexNames): Promise<number[]> {
  return numbersOf(Object.keys(await readAliases(connection, `/${names.versions}/_alias`)), names);
}

/** The version that is searched. */
export async function searchedVersion(connection: Connection, names: IndexNames): Promise<number> {
  const indexes = Object.keys(await readAliases(connection, `/_alias/${names.base}`));
  const [only, ...others] = numbersOf(indexes, names);
  if (only !== undefined && others.length === 0) return only;
  const present = indexes.length === 0 ? 'none' : indexes.join(', ');
  throw new Error(`The alias ${names.base} at ${connection.name} must stand for one index, and stands for ${present}`);
}

function readAliases(connection: Connection, path: string): Promise<Aliases> {
  return connection.request<Aliases>({ method: 'GET', path, timeoutMs: TIMEOUT_MS, accept: [404] });
}

function numbersOf(namesFound: readonly string[], names: IndexNames): number[] {
  return namesFound.flatMap((name) => names.versionOf(name) ?? []).sort((a, b) => a - b);
}
