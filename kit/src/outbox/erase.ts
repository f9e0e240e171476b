import type { Queryable } from '../postgres/pool.ts';

/**
 * Deletes the published rows that hold a text, such as the id of a person who is to be forgotten. Rows that are not yet
 * published stay, for their effects are still to come: `pending` counts them, and the caller comes back for them.
 */
export async function eraseFromOutbox(
  client: Queryable,
  { contains }: { contains: string },
): Promise<{ erased: number; pending: number }> {
  const { rowCount } = await client.query(`DELETE FROM outbox WHERE published_at IS NOT NULL AND ${HOLDS}`, [contains]);
  const { rows } = await client.query<{ pending: number }>(
    `SELECT count(*)::int AS pending FROM outbox WHERE published_at IS NULL AND ${HOLDS}`,
    [contains],
  );
  return { erased: rowCount ?? 0, pending: rows[0]?.pending ?? 0 };
}

const HOLDS = '(key = $1 OR aggregateid = $1 OR strpos(payload::text, $1) > 0)';
