import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import type { Database } from './database.ts';
import { foldRow, HASHTAGS_COLUMN } from './hashtags.ts';

/**
 * Enters the hashtags of the next tweets of those that were posted before hashtags were entered with them. False if there are
 * no more, for now or for good. Tweets at or above `beforeId` wait: one with a lower id may still be under way.
 */
export async function backfillHashtags(
  db: Pick<Database, 'pool' | 'forget'>,
  { beforeId, limit }: { beforeId: Id; limit: number },
): Promise<boolean> {
  const { hasMore, entered } = await withTransaction(db.pool, (client) => step(client, { beforeId, limit }));
  if (entered.length > 0) await db.forget({ hashtags: entered });
  return hasMore;
}

async function step(
  client: Queryable,
  { beforeId, limit }: { beforeId: Id; limit: number },
): Promise<{ hasMore: boolean; entered: string[] }> {
  const { rows } = await client.query<{ position: Id; untilId: Id }>(
    'SELECT position, until_id AS "untilId" FROM hashtag_backfill FOR UPDATE',
  );
  const [backfill] = rows;
  if (backfill === undefined) return { hasMore: false, entered: [] };
  const { position, untilId } = backfill;
  const isLast = BigInt(untilId) < BigInt(beforeId);
  const { lastId, count } = await measure(client, {
    afterId: position,
    beforeId: isLast ? untilId : beforeId,
    limit,
  });
  const entered = lastId === null ? [] : await enter(client, { afterId: position, lastId });
  if (count < limit && isLast) await client.query('DELETE FROM hashtag_backfill');
  else if (lastId !== null) await client.query('UPDATE hashtag_backfill SET position = $1', [lastId]);
  return { hasMore: count === limit, entered };
}

type Stretch = { afterId: Id; beforeId: Id; limit: number };

const STRETCH = `
  SELECT max(id) AS "lastId", count(*)::int AS count
  FROM (SELECT id FROM tweet WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3) AS next`;

async function measure(client: Queryable, { afterId, beforeId, limit }: Stretch) {
  const { rows } = await client.query<{ lastId: Id | null; count: number }>(STRETCH, [afterId, beforeId, limit]);
  return rows[0] ?? { lastId: null, count: 0 };
}

/** The lock keeps a deletion from ending before the hashtags it must take away are there. */
const TAGGED = `
  SELECT id, ${HASHTAGS_COLUMN} FROM tweet
  WHERE id > $1 AND id <= $2 AND entities @> '[{"kind": "HASHTAG"}]' ORDER BY id FOR SHARE`;

async function enter(client: Queryable, { afterId, lastId }: { afterId: Id; lastId: Id }): Promise<string[]> {
  const { rows } = await client.query<{ id: Id; hashtags: string[] }>(TAGGED, [afterId, lastId]);
  const pairs = rows.map(foldRow).flatMap(({ id, hashtags }) => hashtags.map((tag) => ({ id, tag })));
  await client.query(
    'INSERT INTO tweet_hashtag (tag, tweet_id) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING',
    [pairs.map(({ tag }) => tag), pairs.map(({ id }) => id)],
  );
  return [...new Set(pairs.map(({ tag }) => tag))];
}
