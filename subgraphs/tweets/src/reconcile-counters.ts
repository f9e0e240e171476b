import type { Id } from '@starling/domain/ids.ts';
import type { Forgetting } from './cached-tweets.ts';
import { countRows } from '@starling/kit/postgres/count-rows.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';

/** A tweet whose counters were wrong. */
export type Repair = { tweetId: Id };

const PAGE = 'SELECT tweet_id FROM tweet_counter WHERE tweet_id > $1 ORDER BY tweet_id LIMIT $2 FOR UPDATE';

/** The rows are counted by a statement of their own, after the locks: so it sees what whoever held them has committed. */
const REPAIR = `
  WITH truth AS (
    SELECT c.tweet_id,
      (SELECT count(*)::int FROM tweet_like l WHERE l.tweet_id = c.tweet_id) AS likes,
      (SELECT count(*)::int FROM retweet r WHERE r.tweet_id = c.tweet_id AND r.undone_at IS NULL) AS retweets,
      (SELECT count(*)::int FROM tweet t WHERE t.parent_id = c.tweet_id AND t.state <> 'deleted') AS replies,
      (SELECT count(*)::int FROM tweet t WHERE t.quoted_id = c.tweet_id AND t.state <> 'deleted') AS quotes
    FROM tweet_counter c WHERE c.tweet_id = ANY($1::bigint[])
  )
  UPDATE tweet_counter c
  SET like_count = likes, retweet_count = retweets, reply_count = replies, quote_count = quotes, revision = c.revision + 1
  FROM truth
  WHERE truth.tweet_id = c.tweet_id
    AND (like_count, retweet_count, reply_count, quote_count) IS DISTINCT FROM (likes, retweets, replies, quotes)
  RETURNING c.tweet_id AS "tweetId"`;

/** `onProgress` hears how many tweets are done, of how many. */
export type ReconcileOptions = { pageSize?: number; onProgress?(done: number, total: number): void };

/** Recounts every tweet from its rows, a page at a time beside ordinary traffic, and repairs what differs. */
export async function reconcileCounters(
  { pool, forgetting }: { pool: Pool; forgetting: Pick<Forgetting, 'forget'> },
  { pageSize = 500, onProgress }: ReconcileOptions = {},
): Promise<Repair[]> {
  const total = await countRows(pool, 'tweet_counter');
  let done = 0;
  const repairs: Repair[] = [];
  let after: Id | undefined = '0';
  while (after !== undefined) {
    const from: Id = after;
    const page = await withTransaction(pool, async (client) => {
      const { rows } = await client.query<{ tweet_id: Id }>(PAGE, [from, pageSize]);
      const ids = rows.map((row) => row.tweet_id);
      const repaired = await client.query<Repair>(REPAIR, [ids]);
      return { ids, repaired: repaired.rows };
    });
    await forgetting.forget({ countedIds: page.repaired.map(({ tweetId }) => tweetId) });
    repairs.push(...page.repaired);
    done += page.ids.length;
    after = page.ids.at(-1);
    onProgress?.(done, Math.max(done, total));
  }
  return repairs;
}
