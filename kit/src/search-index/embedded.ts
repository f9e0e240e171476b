import { withUnavailableCode } from '../postgres/unavailable.ts';
import type { Pool } from '../postgres/pool.ts';
import { searchTables, suggestKeywords, type ReadLimits } from './embedded/read.ts';
import { createTables, type IndexTables } from './embedded/tables.ts';
import { rebuildTables } from './embedded/rebuild.ts';
import { applyWrites, type WriteTarget } from './embedded/write.ts';
import type { SearchIndex } from './port.ts';

export type EmbeddedSearchIndexOptions = {
  /** Stays the caller's to end. */
  pool: Pool;
  /** Names the tables: `search_<name>…`. Lower-case letters and underscores, at most 30. */
  name: string;
  /** Fields whose keywords can be suggested; each costs a row per keyword and document. Fixed from the first document on. */
  suggestedFields?: readonly string[];
  /** A read that takes longer ends with DEADLINE_EXCEEDED. Default 2,000. */
  readTimeoutMs?: number;
  /** Newest matches among which relevance is judged. Default 10,000. */
  relevanceWindow?: number;
};

/**
 * A search index on Postgres full text (GIN over token positions) and pg_trgm. Makes its tables if they are missing;
 * several processes may open the same one.
 */
export async function createEmbeddedSearchIndex(options: EmbeddedSearchIndexOptions): Promise<SearchIndex> {
  const { pool, name, suggestedFields = [] } = options;
  const limits: ReadLimits = {
    timeoutMs: options.readTimeoutMs ?? 2_000,
    relevanceWindow: options.relevanceWindow ?? 10_000,
  };
  const tables: IndexTables = await createTables(pool, name);
  const target: WriteTarget = { pool, tables, suggestedFields: new Set(suggestedFields) };
  return {
    write: (writes) => applyWrites(target, writes),
    search: (query) => searchTables({ pool, tables, limits }, query),
    async suggestKeywords(wanted) {
      if (!suggestedFields.includes(wanted.field))
        throw new Error(`Search index ${name} does not suggest ${wanted.field}`);
      return suggestKeywords({ pool, tables, limits }, wanted);
    },
    // A committed row is found at once.
    async refresh() {},
    rebuild: (source) => rebuildTables(target, source),
    async ping() {
      await pool.query('SELECT 1').catch((error: unknown) => {
        throw withUnavailableCode(error, 'The search index');
      });
    },
    async close() {},
  };
}
