import type { RebuildSource } from '../port.ts';
import { newestWrites } from '../newest-writes.ts';
import { TargetGone } from './bulk.ts';
import type { Connection } from './elasticsearch-connection.ts';
import { documentIndex, type IndexSize } from './mapping.ts';
import type { IndexNames } from './names.ts';
import { createIndex, noPlaceFor } from './open-index.ts';
import { Refusal } from './refusal.ts';
import { presentVersions, searchedVersion } from './targets.ts';
import { store, type WriteTarget } from './write.ts';

const TIMEOUT_MS = 60_000;
const NOT_FOUND = 404;
/** Nobody searches it yet, and what breaks is begun anew. */
const WHILE_BUILDING = {
  'index.refresh_interval': '-1',
  'index.auto_expand_replicas': 'false',
  'index.number_of_replicas': 0,
};

/**
 * Fills a new version while every writer writes to both, then lets it take the old one's place in one step. A write that knew only of
 * the old version began before the new one was there, so the source, which is read after that, has what it wrote.
 * What a rebuild that was cut short has left is removed by the next one.
 */
export async function rebuildIndex(target: WriteTarget, source: RebuildSource, size: IndexSize): Promise<void> {
  const { connection, names } = target;
  const old = await searchedVersion(connection, names);
  const present = await presentVersions(connection, names);
  await removeVersions(
    connection,
    names,
    present.filter((version) => version !== old),
  );
  const version = Math.max(old, ...present) + 1;
  const { settings, mappings } = documentIndex(size);
  const aliases = { [names.writeAlias(version)]: {} };
  const isPlaced = await createIndex(connection, names.version(version), {
    ...{ settings: { ...settings, ...WHILE_BUILDING }, mappings },
    aliases,
  });
  try {
    // Writers wait for it already: left behind, it would hold them up for as long as the disk is full.
    if (!isPlaced) throw noPlaceFor(names.version(version), connection);
    for await (const batch of source) await store(target, [version], newestWrites(batch).newest);
    const path = `/${names.version(version)}`;
    await connection.request({
      method: 'PUT',
      path: `${path}/_settings`,
      body: settledOf(settings),
      timeoutMs: TIMEOUT_MS,
    });
    await connection.request({ method: 'POST', path: `${path}/_refresh`, timeoutMs: TIMEOUT_MS });
    await swap(connection, names, { old, version });
  } catch (error) {
    // Left behind where the server is away: then the next rebuild removes it.
    await removeVersions(connection, names, [version]).catch(() => undefined);
    throw isOvertaken(error) ? new Error(`Another rebuild of ${names.base} has taken over`, { cause: error }) : error;
  }
  await removeVersions(connection, names, [old]);
}

/** The new version, or the old one under its alias, is gone. */
function isOvertaken(error: unknown): boolean {
  return error instanceof TargetGone || (error instanceof Refusal && error.status === NOT_FOUND);
}

type Settings = ReturnType<typeof documentIndex>['settings'];

function settledOf(settings: Settings) {
  const { 'index.refresh_interval': refresh, 'index.auto_expand_replicas': replicas } = settings;
  return { 'index.refresh_interval': refresh, 'index.auto_expand_replicas': replicas };
}

/** All of it or nothing; refused if the old version is not the one that is searched any more. */
async function swap(
  connection: Connection,
  names: IndexNames,
  { old, version }: { old: number; version: number },
): Promise<void> {
  const from = { index: names.version(old), must_exist: true };
  const actions = [
    { remove: { ...from, alias: names.base } },
    { remove: { ...from, alias: names.writeAlias(old) } },
    { add: { index: names.version(version), alias: names.base } },
  ];
  await connection.request({ method: 'POST', path: '/_aliases', body: { actions }, timeoutMs: TIMEOUT_MS });
}

async function removeVersions(connection: Connection, names: IndexNames, versions: readonly number[]): Promise<void> {
  for (const version of versions) {
    const path = `/${names.version(version)}`;
    await connection.request({ method: 'DELETE', path, timeoutMs: TIMEOUT_MS, accept: [404] });
  }
}
