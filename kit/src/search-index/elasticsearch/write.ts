import { keywordEntries, keywordEntry } from '../keyword-entries.ts';
import { idOfWrite, newestWrites, type VersionedWrite } from '../newest-writes.ts';
import type { IndexWrite } from '../port.ts';
import type { BarRegister } from './barred.ts';
import { bulk, TargetGone, type BulkItem } from './bulk.ts';
import { LIVING, oneOf } from './clauses.ts';
import type { Connection } from './elasticsearch-connection.ts';
import type { IndexNames } from './names.ts';
import { placeOf, sourceOf } from './notation.ts';
import { writtenVersions } from './targets.ts';

export type WriteTarget = {
  connection: Connection;
  names: IndexNames;
  bars: BarRegister;
  suggestedFields: ReadonlySet<string>;
};

const TIMEOUT_MS = 30_000;
const DELETED_AT_A_TIME = 1_000;
/** Rebuilds that begin and end while one batch is written. */
const MOST_MOVES = 5;

/** Writes to every version of the index that takes writes. */
export async function applyWrites(target: WriteTarget, writes: readonly IndexWrite[]): Promise<void> {
  const { newest, deletions } = newestWrites(writes);
  for (const { field, keyword } of deletions) await deleteByKeyword(target, field, keyword);
  if (newest.length > 0) await whereverTheyGo(target, (versions) => store(target, versions, newest));
}

/**
 * Again, if a rebuild has moved the index meanwhile: what is there already is left alone. Elasticsearch looks up names in two
 * steps, so a rebuild that begins and ends between them is a move as well, with no index found at all.
 */
async function whereverTheyGo(
  { connection, names }: WriteTarget,
  work: (versions: readonly number[]) => Promise<void>,
): Promise<void> {
  for (let moves = 0; ; moves += 1) {
    const versions = await writtenVersions(connection, names);
    try {
      if (versions.length === 0) throw new TargetGone(`No index at ${connection.name} takes writes for ${names.base}`);
      return await work(versions);
    } catch (error) {
      if (!(error instanceof TargetGone) || moves === MOST_MOVES) throw error;
    }
  }
}

/**
 * Stores what is not barred. A bar that comes while this writes either sees these documents, since it looks for them
 * after it is up, or is seen by this, which looks at the bars once more; then what is barred goes.
 */
export async function store(
  { connection, names, bars, suggestedFields }: WriteTarget,
  versions: readonly number[],
  writes: readonly VersionedWrite[],
): Promise<void> {
  const entries = [...new Set(writes.flatMap((write) => (write.kind === 'put' ? keywordEntries(write.document) : [])))];
  const aliases = versions.map(names.writeAlias);
  const before = await bars.read(entries);
  const itemsOf = (refused: ReadonlySet<string>, some = writes) =>
    some.flatMap((write) => aliases.map((alias) => itemOf(write, { alias, refused, suggestedFields })));
  await bulk(connection, itemsOf(before.entries));
  if ((await bars.epoch()) === before.epoch) return;
  const after = await bars.read(entries);
  await bulk(
    connection,
    itemsOf(
      after.entries,
      writes.filter((write) => isRefused(write, after.entries)),
    ),
  );
}

type ItemOptions = { alias: string; refused: ReadonlySet<string>; suggestedFields: ReadonlySet<string> };

/** What is barred goes even if it is there already under the same version. */
function itemOf(write: VersionedWrite, { alias, refused, suggestedFields }: ItemOptions): BulkItem {
  const [id, version] = [idOfWrite(write), write.version.toString()];
  const isPut = !isRefused(write, refused);
  const source = isPut ? sourceOf(write, suggestedFields) : placeOf(id, version);
  return { alias, id, version, versionType: isPut ? 'external' : 'external_gte', source };
}

function isRefused(write: VersionedWrite, refused: ReadonlySet<string>): boolean {
  return refused.size > 0 && write.kind === 'put' && keywordEntries(write.document).some((entry) => refused.has(entry));
}

/** First nobody may write such a document any more; then those that are there go, in bounded steps, from every version. */
async function deleteByKeyword(target: WriteTarget, field: string, keyword: string): Promise<void> {
  const entry = keywordEntry(field, keyword);
  await target.bars.bar(field, keyword, entry);
  await whereverTheyGo(target, async (versions) => {
    for (const version of versions) while (await deleteSome(target, version, entry));
  });
}

type Found = { hits: { hits: { fields: { id: [string]; version: [string] } }[] } };

/** One that is replaced at the same moment keeps its place; then the next round finds it, if it still has the keyword. */
async function deleteSome({ connection, names }: WriteTarget, version: number, entry: string): Promise<boolean> {
  const alias = names.writeAlias(version);
  const timeoutMs = TIMEOUT_MS;
  const index = { method: 'POST', timeoutMs } as const;
  await connection.request({ ...index, path: `/${alias}/_refresh`, accept: [404] });
  const body = {
    query: { bool: { filter: [LIVING, oneOf([entry])] } },
    size: DELETED_AT_A_TIME,
    docvalue_fields: ['id', 'version'],
    ...{ _source: false, stored_fields: '_none_', track_total_hits: false },
  };
  const path = `/${alias}/_search`;
  const query = { allow_partial_search_results: false };
  const { hits } = await connection.request<Partial<Found>>({ ...index, path, query, body, accept: [404] });
  if (hits === undefined) throw new TargetGone(alias);
  const items = hits.hits.map(({ fields: { id, version } }): BulkItem => {
    return { alias, id: id[0], version: version[0], versionType: 'external_gte', source: placeOf(id[0], version[0]) };
  });
  await bulk(connection, items);
  return items.length > 0;
}
