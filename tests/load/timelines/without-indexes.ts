import type { Pool, PoolClient } from '@starling/kit/postgres/pool.ts';

/** Fills a table without its secondary indexes and makes them again, which takes a fraction of the time. */
export async function withoutIndexes<Result>(
  pool: Pool,
  table: string,
  fill: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const { rows: indexes } = await pool.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
     FROM pg_index WHERE indrelid = $1::regclass AND NOT indisprimary`,
    [table],
  );
  const client = await pool.connect();
  try {
    // The seed of random numbers is the session's, and more memory is for this session alone.
    await client.query("SET work_mem = '256MB'; SET maintenance_work_mem = '256MB'");
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    const result = await fill(client);
    for (const { definition } of indexes) await client.query(definition);
    await client.query('VACUUM (ANALYZE)');
    return result;
  } finally {
    client.release();
  }
}
