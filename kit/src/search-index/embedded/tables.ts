import type { Pool } from '../../postgres/pool.ts';
import { withTransaction } from '../../postgres/transaction.ts';

/** Names of one index's tables, safe to stand in SQL. */
export type IndexTables = {
  /** A row per document; a deleted one keeps its id and version only. A rebuild counts as a write, also of what it leaves alone. */
  documents: string;
  /** A row per document and suggested keyword. */
  keywords: string;
  /** Keywords whose documents are deleted and stay out. */
  barred: string;
  /** First key of the advisory lock that lets a keyword's bar wait for writes under way. */
  lockKey: number;
};

const NAME_PATTERN = /^[a-z][a-z_]{0,29}$/;
/** Two processes that create the same table at once would fail on Postgres' own catalogue. */
const CREATION_LOCK = 815_001;
const WRITE_LOCK = 815_002;

export async function createTables(pool: Pool, name: string): Promise<IndexTables> {
  if (!NAME_PATTERN.test(name)) throw new RangeError(`Not a name for a search index: ${JSON.stringify(name)}`);
  const documents = `search_${name}`;
  const tables = { documents, keywords: `${documents}_keyword`, barred: `${documents}_barred`, lockKey: WRITE_LOCK };
  await withTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [CREATION_LOCK]);
    await client.query(definitionOf(tables));
  });
  return tables;
}

/** Little or nothing may wait to be merged into an index: every search, and the planner's estimate, pays for it. In kB. */
function definitionOf({ documents, keywords, barred }: IndexTables): string {
  return `
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE IF NOT EXISTS ${documents} (
      id         BIGINT PRIMARY KEY,
      version    BIGINT NOT NULL,
      words      TSVECTOR NOT NULL,
      keywords   TEXT[] NOT NULL,
      label      TEXT NOT NULL,
      deleted_at TIMESTAMPTZ
    );
    ALTER TABLE ${documents} ADD COLUMN IF NOT EXISTS written_at TIMESTAMPTZ NOT NULL DEFAULT now();
    CREATE INDEX IF NOT EXISTS ${documents}_content ON ${documents} USING gin (words, keywords)
      WITH (gin_pending_list_limit = 1024) WHERE deleted_at IS NULL;
    CREATE INDEX IF NOT EXISTS ${documents}_label ON ${documents} USING gin (label gin_trgm_ops)
      WITH (fastupdate = off) WHERE deleted_at IS NULL AND label <> '';
    CREATE TABLE IF NOT EXISTS ${keywords} (
      field   TEXT COLLATE "C" NOT NULL,
      keyword TEXT COLLATE "C" NOT NULL,
      id      BIGINT NOT NULL,
      PRIMARY KEY (field, keyword, id)
    );
    CREATE INDEX IF NOT EXISTS ${keywords}_of ON ${keywords} (id);
    CREATE TABLE IF NOT EXISTS ${barred} (keyword TEXT PRIMARY KEY);`;
}
