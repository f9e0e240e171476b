import type { Pool, PoolClient } from '../../postgres/pool.ts';
import { withTransaction } from '../../postgres/transaction.ts';
import { keywordEntries, keywordEntry } from '../keyword-entries.ts';
import { newestWrites, type VersionedWrite } from '../newest-writes.ts';
import type { IndexDocument, IndexWrite } from '../port.ts';
import { wordsOfLabel } from '../spellings.ts';
import { spellingEntries, vectorOf } from './notation.ts';
import type { IndexTables } from './tables.ts';

export type WriteTarget = { pool: Pool; tables: IndexTables; suggestedFields: ReadonlySet<string> };

const DELETED_AT_A_TIME = 5_000;

export async function applyWrites(target: WriteTarget, writes: readonly IndexWrite[]): Promise<void> {
  const { newest, deletions } = newestWrites(writes);
  for (const { field, keyword } of deletions) await deleteByKeyword(target, keywordEntry(field, keyword));
  if (newest.length > 0) await upsert(target, newest, { replaces: '<' });
}

/** `<=` also replaces what has the same version. */
type UpsertOptions = { replaces: '<' | '<=' };

export async function upsert(
  { pool, tables, suggestedFields }: WriteTarget,
  newest: readonly VersionedWrite[],
  options: UpsertOptions,
): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock_shared($1, hashtext($2))', [tables.lockKey, tables.documents]);
    const writes = await withoutBarred(client, tables, newest);
    const applied = await upsertDocuments(client, tables, writes, options);
    await client.query(`DELETE FROM ${tables.keywords} WHERE id = ANY($1::bigint[])`, [[...applied]]);
    const documents = writes.flatMap((write) =>
      write.kind === 'put' && applied.has(write.document.id) ? write.document : [],
    );
    await insertSuggested(client, tables, suggestedFields, documents);
  });
}

async function withoutBarred(
  client: PoolClient,
  { barred }: IndexTables,
  writes: readonly VersionedWrite[],
): Promise<readonly VersionedWrite[]> {
  const entries = new Set(writes.flatMap((write) => (write.kind === 'put' ? keywordEntries(write.document) : [])));
  const { rows } = await client.query<{ keyword: string }>(`SELECT keyword FROM ${barred} WHERE keyword = ANY($1)`, [
    [...entries],
  ]);
  if (rows.length === 0) return writes;
  const refused = new Set(rows.map(({ keyword }) => keyword));
  return writes.map((write) => {
    if (write.kind === 'delete' || !keywordEntries(write.document).some((entry) => refused.has(entry))) return write;
    return { kind: 'delete', version: write.version, id: write.document.id };
  });
}

/** Ids whose row changed; the others had the same or a newer version. */
async function upsertDocuments(
  client: PoolClient,
  { documents }: IndexTables,
  writes: readonly VersionedWrite[],
  { replaces }: UpsertOptions,
): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${documents} AS present (id, version, words, keywords, label, deleted_at, written_at)
     SELECT id, version, words::tsvector, keywords, label, CASE WHEN is_deleted THEN now() END, clock_timestamp()
     FROM jsonb_to_recordset($1::jsonb)
       AS written (id bigint, version bigint, words text, keywords text[], label text, is_deleted boolean)
     ORDER BY id
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, words = excluded.words, keywords = excluded.keywords,
       label = excluded.label, deleted_at = excluded.deleted_at, written_at = excluded.written_at
     WHERE present.version ${replaces} excluded.version
     RETURNING id`,
    [JSON.stringify(writes.map(rowOf))],
  );
  return new Set(rows.map(({ id }) => id));
}

function rowOf(write: VersionedWrite): object {
  const version = write.version.toString();
  if (write.kind === 'delete') return { id: write.id, version, words: '', keywords: [], label: '', is_deleted: true };
  const { id, tokens, label } = write.document;
  const keywords = [...keywordEntries(write.document), ...spellingEntries(wordsOfLabel(label))];
  return { id, version, words: vectorOf(tokens), keywords, label: label === '' ? '' : ` ${label}`, is_deleted: false };
}

async function insertSuggested(
  client: PoolClient,
  { keywords }: IndexTables,
  suggestedFields: ReadonlySet<string>,
  documents: readonly IndexDocument[],
): Promise<void> {
  const rows = documents.flatMap(({ id, keywords: byField }) =>
    Object.entries(byField).flatMap(([field, values]) =>
      suggestedFields.has(field) ? [...new Set(values)].map((keyword) => ({ field, keyword, id })) : [],
    ),
  );
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO ${keywords} (field, keyword, id)
     SELECT field, keyword, id FROM jsonb_to_recordset($1::jsonb) AS written (field text, keyword text, id bigint)
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

/** First nobody may write such a document any more, writes under way included; then those that are there go, in bounded steps. */
async function deleteByKeyword({ pool, tables }: WriteTarget, entry: string): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [tables.lockKey, tables.documents]);
    await client.query(`INSERT INTO ${tables.barred} (keyword) VALUES ($1) ON CONFLICT DO NOTHING`, [entry]);
  });
  await emptyWhere({ pool, tables }, 'keywords @> ARRAY[$1]', [entry]);
}

type Emptied = Pick<WriteTarget, 'pool' | 'tables'>;

/** Deletes the living documents of a condition, in bounded steps; their versions stay. */
export async function emptyWhere(target: Emptied, condition: string, values: readonly unknown[]): Promise<void> {
  while ((await emptySome(target, condition, values)) === DELETED_AT_A_TIME);
}

async function emptySome({ pool, tables }: Emptied, condition: string, values: readonly unknown[]): Promise<number> {
  const { documents, keywords } = tables;
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `UPDATE ${documents} SET words = '', keywords = '{}', label = '', deleted_at = now()
       WHERE id IN (
         SELECT id FROM ${documents} WHERE deleted_at IS NULL AND ${condition} ORDER BY id LIMIT ${DELETED_AT_A_TIME} FOR UPDATE
       )
       RETURNING id`,
      [...values],
    );
    await client.query(`DELETE FROM ${keywords} WHERE id = ANY($1::bigint[])`, [rows.map(({ id }) => id)]);
    return rows.length;
  });
}
