import { keywordEntry } from '../keyword-entries.ts';
import type { IndexHit, IndexQuery } from '../port.ts';
import { boundClauses, LIVING } from './clauses.ts';
import type { Connection } from './elasticsearch-connection.ts';
import { searchBody } from './query.ts';
import { tooSlow } from './refusal.ts';

export type ReadSource = { connection: Connection; base: string; timeoutMs: number };

/** What an answer may take on its way, beside the search itself. */
const ON_THE_WAY_MS = 250;
/** Candidates of each shard for the most frequent keywords: beyond them, counts over several shards are near enough. */
const CANDIDATES = 1_000;

export async function searchIndex(source: ReadSource, query: IndexQuery): Promise<IndexHit[]> {
  const { hits } = await read<{ hits: { hits: { sort: [string] | [number, string] }[] } }>(
    source,
    searchBody(query, source),
  );
  return hits.hits.map(({ sort }) => (sort.length === 1 ? { id: sort[0], score: 0 } : { id: sort[1], score: sort[0] }));
}

export async function suggestKeywords(
  source: ReadSource,
  { field, prefix, limit, sinceId }: { field: string; prefix: string; limit: number; sinceId?: string },
): Promise<{ keyword: string; count: number }[]> {
  const start = keywordEntry(field, prefix);
  const terms = {
    field: 'suggested',
    include: `${escapeRegExp(start)}.*`,
    order: [{ _count: 'desc' }, { _key: 'asc' }],
    size: limit,
    shard_size: Math.max(limit, CANDIDATES),
  };
  const { aggregations } = await read<{
    aggregations: { keywords: { buckets: { key: string; doc_count: number }[] } };
  }>(source, {
    query: {
      bool: {
        filter: [LIVING, { prefix: { suggested: start } }, ...boundClauses(sinceId === undefined ? {} : { sinceId })],
      },
    },
    aggs: { keywords: { terms } },
    ...{ size: 0, timeout: `${Math.ceil(source.timeoutMs)}ms`, track_total_hits: false },
  });
  const skipped = keywordEntry(field, '').length;
  return aggregations.keywords.buckets.map(({ key, doc_count: count }) => ({ keyword: key.slice(skipped), count }));
}

/** Whole answers only: a part of the shards, or of the time, would be a page with gaps. */
async function read<Answer>({ connection, base, timeoutMs }: ReadSource, body: object): Promise<Answer> {
  const answer = await connection.request<Answer & { timed_out: boolean }>({
    ...{ method: 'POST', path: `/${base}/_search`, body },
    query: { allow_partial_search_results: false },
    timeoutMs: timeoutMs + ON_THE_WAY_MS,
    late: 'DEADLINE_EXCEEDED',
  });
  if (answer.timed_out) throw tooSlow();
  return answer;
}

/** For Lucene's regular expressions, which know more signs than others. */
function escapeRegExp(text: string): string {
  return text.replace(/[^\p{L}\p{N}\s\u0001]/gu, '\\$&');
}
