import type { Queryable } from './pool.ts';

/** Beyond so many rows a table is not counted. */
const COUNTED = 100_000;

/**
 * How many rows a table has, to tell progress by: exactly up to `counted`, and beyond as the planner estimates it, for to count billions
 * takes longer than a statement may.
 */
export async function countRows(db: Queryable, table: string, counted = COUNTED): Promise<number> {
  const { rows } = await db.query<{ count: number; estimate: number }>(
    `SELECT count(*)::int AS count, (SELECT reltuples::float8 FROM pg_class WHERE oid = $1::regclass) AS estimate
     FROM (SELECT FROM ${table} LIMIT $2) AS counted`,
    [table, counted + 1],
  );
  const { count = 0, estimate = 0 } = rows[0] ?? {};
  return count > counted ? Math.max(count, Math.round(estimate)) : count;
}
