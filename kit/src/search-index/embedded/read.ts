import { StarlingError } from '../../errors.ts';
import type { Pool, PoolClient } from '../../postgres/pool.ts';
import { withTransaction } from '../../postgres/transaction.ts';
import type { IndexHit, IndexQuery } from '../port.ts';
import { entriesByField } from '../keyword-entries.ts';
import { mayBeMistyped, wordsOfLabel } from '../spellings.ts';
import { anyPhrase, everyPhrase, labelStart, labelStartInWords, spellingEntries, wordStart } from './notation.ts';
import type { IndexTables } from './tables.ts';

export type ReadLimits = { timeoutMs: number; relevanceWindow: number };
export type ReadSource = { pool: Pool; tables: IndexTables; limits: ReadLimits };

/** Postgres: the statement ran out of its time. */
const TIMED_OUT = '57014';

export async function searchTables(source: ReadSource, query: IndexQuery): Promise<IndexHit[]> {
  const { text, values } = statementOf(source, query);
  const rows = await read<IndexHit>(source, text, values);
  return rows.map(({ id, score }) => ({ id, score }));
}

export async function suggestKeywords(
  source: ReadSource,
  { field, prefix, limit, sinceId = '0' }: { field: string; prefix: string; limit: number; sinceId?: string },
): Promise<{ keyword: string; count: number }[]> {
  const text = `
    SELECT keyword, count(*)::int AS count FROM ${source.tables.keywords}
    WHERE field = $1 AND keyword >= $2 AND keyword < $2 || chr(1114111) AND id >= $3
    GROUP BY keyword ORDER BY count DESC, keyword LIMIT $4`;
  return read<{ keyword: string; count: number }>(source, text, [field, prefix, sinceId, limit]);
}

/** Statements have no name, so that each is planned for its values: a rare word and a common one want different plans. */
async function read<Row extends object>({ pool, limits }: ReadSource, text: string, values: unknown[]): Promise<Row[]> {
  const run = async (client: PoolClient) => {
    await client.query(`SET LOCAL statement_timeout = ${Math.ceil(limits.timeoutMs)}`);
    return (await client.query<Row>(text, values)).rows;
  };
  return withTransaction(pool, run).catch((error: unknown) => {
    throw (error as { code?: unknown }).code === TIMED_OUT ? tookTooLong(error) : error;
  });
}

function tookTooLong(cause: unknown): StarlingError {
  return new StarlingError('DEADLINE_EXCEEDED', 'The search takes too long; ask for something rarer', {}, { cause });
}

/** SQL under construction: `bind` puts a value in and answers with its place. */
type Draft = { values: unknown[]; bind(value: unknown): string };

function statementOf({ tables, limits }: ReadSource, query: IndexQuery): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const draft: Draft = { values, bind: (value) => `$${values.push(value)}` };
  const where = conditionsOf(query, draft).join(' AND ');
  const from = `FROM ${tables.documents} WHERE ${where}`;
  if (query.order === 'newest') {
    const text = `SELECT id, 0::float8 AS score ${from}${newerThanAfter(query, draft)} ORDER BY id DESC LIMIT ${draft.bind(query.limit)}`;
    return { text, values };
  }
  const text = `
    SELECT id, score FROM (
      SELECT id, ${scoreOf(query, draft)} AS score
      FROM (SELECT id, words, label ${from} ORDER BY id DESC LIMIT ${draft.bind(limits.relevanceWindow)}) AS matching
    ) AS scored
    ${beyondAfter(query, draft)} ORDER BY score DESC, id DESC LIMIT ${draft.bind(query.limit)}`;
  return { text, values };
}

function conditionsOf(query: IndexQuery, draft: Draft): string[] {
  const { bind } = draft;
  const must = everyPhrase(query.must);
  const mustNot = anyPhrase(query.mustNot);
  return [
    'deleted_at IS NULL',
    ...(must === '' ? [] : [`words @@ ${bind(must)}::tsquery`]),
    ...(mustNot === '' ? [] : [`NOT words @@ ${bind(mustNot)}::tsquery`]),
    ...entriesByField(query.keywords).map((entries) => `keywords && ${bind(entries)}::text[]`),
    ...entriesByField(query.everyKeyword).map((entries) => `keywords @> ${bind(entries)}::text[]`),
    ...entriesByField(query.notKeywords).map((entries) => `NOT keywords && ${bind(entries)}::text[]`),
    ...(query.sinceId === undefined ? [] : [`id >= ${bind(query.sinceId)}`]),
    ...(query.untilId === undefined ? [] : [`id < ${bind(query.untilId)}`]),
    ...(query.label === undefined ? [] : ["label <> ''", labelCondition(query, draft)]),
  ];
}

function labelCondition({ label = '', labelMatch = 'fuzzy' }: IndexQuery, draft: Draft): string {
  const { bind } = draft;
  return every(wordsOfLabel(label), (word) => {
    const starts = `label LIKE ${bind(wordStart(word))}`;
    const isFuzzy = labelMatch === 'fuzzy' && mayBeMistyped(word);
    return isFuzzy ? `(${starts} OR keywords && ${bind(spellingEntries([word]))}::text[])` : starts;
  });
}

function everyWordStarts(label: string, { bind }: Draft): string {
  return every(wordsOfLabel(label), (word) => `label LIKE ${bind(wordStart(word))}`);
}

/** Nothing matches no words. */
function every(words: readonly string[], condition: (word: string) => string): string {
  return words.length === 0 ? 'false' : `(${words.map(condition).join(' AND ')})`;
}

/** How often and how near each other the tokens stand, longer documents less; a label by what starts like it, then by likeness. */
function scoreOf({ must, label }: IndexQuery, draft: Draft): string {
  const parts = [];
  if (everyPhrase(must) !== '') parts.push(`ts_rank(words, ${draft.bind(everyPhrase(must))}::tsquery, 1)::float8`);
  if (label !== undefined) {
    parts.push(`CASE WHEN ${everyWordStarts(label, draft)} THEN 1 ELSE 0 END`);
    parts.push(`CASE WHEN label LIKE ${draft.bind(labelStart(label))} THEN 0.5 ELSE 0 END`);
    parts.push(`CASE WHEN label || ' ' LIKE ${draft.bind(labelStartInWords(label))} THEN 0.25 ELSE 0 END`);
    parts.push(`strict_word_similarity(${draft.bind(label)}, label)::float8`);
  }
  return parts.length === 0 ? '0::float8' : `(${parts.join(' + ')})::float8`;
}

function newerThanAfter({ after }: IndexQuery, { bind }: Draft): string {
  return after ? ` AND id < ${bind(after.id)}` : '';
}

function beyondAfter({ after }: IndexQuery, { bind }: Draft): string {
  if (!after) return '';
  return `WHERE (score, id) < (${bind(after.score)}::float8, ${bind(after.id)}::bigint)`;
}
