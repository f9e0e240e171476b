import type { Queryable } from '../postgres/pool.ts';

/** What waits in an outbox to be published. */
export type Backlog = {
  /** Rows; more than 100,000 are not counted. */
  count: number;
  /** Age of the oldest in milliseconds; 0 if none waits. */
  oldestMs: number;
};

const COUNTED = 100_000;

/** To be asked every few seconds, for metrics and for readiness. Costs one pass over an index of what waits. */
export async function measureBacklog(db: Queryable): Promise<Backlog> {
  const { rows } = await db.query<Backlog>({
    name: 'outbox-backlog',
    text: `SELECT count(*)::int AS count,
             coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(created_at)) * 1000), 0)::float8 AS "oldestMs"
           FROM (SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT ${COUNTED}) AS waiting`,
  });
  return rows[0] ?? { count: 0, oldestMs: 0 };
}

export async function isEmpty(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>({
    name: 'outbox-waits',
    text: 'SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL) AS waits',
  });
  return rows[0]?.waits !== true;
}
