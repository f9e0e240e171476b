import pg from 'pg';
import type { FoundText } from './stack-under-test.ts';

type Place = { database: string; table: string };
/** Connection URLs by name. */
type Named = Readonly<Record<string, string>>;

/** Rows of any table of any database that hold one of the texts anywhere, without regard to case; bytes count as text, too. */
export async function findTexts(databases: Named, texts: readonly string[]): Promise<FoundText[]> {
  const found = await Promise.all(
    texts.map((text) =>
      inEveryTable<{ row: string }>(
        databases,
        ({ table }) => `SELECT '${table}' AS table, t::text AS row FROM ${table} t
          WHERE strpos(lower(t::text), ${pg.escapeLiteral(text.toLowerCase())}) > 0
             OR strpos(lower(t::text), ${pg.escapeLiteral(Buffer.from(text).toString('hex'))}) > 0`,
      ).then((rows) => rows.map(({ database, table, row }) => ({ place: `${database}.${table}`, text, row }))),
    ),
  );
  return found.flat();
}

/** Tables whose rows tell of running processes, not of facts. */
const RESTLESS = new Set(['id_node_lease', 'log_position']);

/** Rows without any fact are there to be locked. */
const SAYS_SOMETHING: Readonly<Record<string, string>> = { person: 'WHERE revision > 0' };

/** A digest of all facts and events: two are equal exactly if nothing was changed in between. */
export async function fingerprint(databases: Named): Promise<Record<string, string>> {
  const rows = await inEveryTable<{ digest: string }>(databases, ({ table }) =>
    RESTLESS.has(table)
      ? null
      : `SELECT '${table}' AS table, count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') AS digest
         FROM ${table} t ${SAYS_SOMETHING[table] ?? ''}`,
  );
  return Object.fromEntries(rows.map(({ database, table, digest }) => [`${database}.${table}`, digest]));
}

/** Asks each table one thing, each database once; `ask` gives null for a table to be left out. */
async function inEveryTable<Row>(databases: Named, ask: (place: Place) => string | null): Promise<(Place & Row)[]> {
  const answers = await Promise.all(
    Object.entries(databases).map(([database, url]) =>
      withClient(url, async (client) => {
        const tables = await client.query<{ name: string }>(
          `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
        );
        if (tables.rows.length === 0) throw new Error(`The database ${database} has no tables.`);
        const questions = tables.rows.flatMap(({ name: table }) => ask({ database, table }) ?? []);
        const { rows } = await client.query<Row & { table: string }>(questions.join(' UNION ALL '));
        return rows.map((row) => ({ ...row, database }));
      }),
    ),
  );
  return answers.flat();
}

const pools = new Map<string, pg.Pool>();

/** For a test's own look at one database. The connection is kept for the next look, and goes with the database. */
export async function withClient<Result>(
  url: string,
  work: (client: Pick<pg.Pool, 'query'>) => Promise<Result>,
): Promise<Result> {
  let pool = pools.get(url);
  if (!pool) {
    pool = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 5_000, allowExitOnIdle: true });
    pool.on('error', () => {});
    pools.set(url, pool);
  }
  return work(pool);
}
