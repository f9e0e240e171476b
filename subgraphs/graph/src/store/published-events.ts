import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** Forgets up to `limit` published events of what a person did to others, or others to the person. Answers how many. */
export async function deletePublishedEvents(db: Queryable, userId: Id, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete-published-events',
    text: `DELETE FROM outbox WHERE seq IN (
             (SELECT seq FROM outbox WHERE key = $1 AND published_at IS NOT NULL LIMIT $2)
             UNION ALL
             (SELECT seq FROM outbox WHERE payload->>'targetId' = $1 AND published_at IS NOT NULL LIMIT $2)
             LIMIT $2)`,
    values: [userId, limit],
  });
  return rowCount ?? 0;
}
