import type { Id } from '@starling/domain/ids.ts';
import type { PoolClient } from '@starling/kit/postgres/pool.ts';
import { tweetCounted, type EngagementAction, type FactEvent } from '../publishes.ts';
import type { Counters } from '../tweet.ts';

/** One row came or went, and so one counter changes by one. */
export type Change = { tweetId: Id; actorId: Id; action: EngagementAction };

type Counts = Omit<Counters, 'tweetId' | 'revision'>;

const STEPS: Record<EngagementAction, { count: keyof Counts; by: 1 | -1 }> = {
  like: { count: 'likeCount', by: 1 },
  unlike: { count: 'likeCount', by: -1 },
  retweet: { count: 'retweetCount', by: 1 },
  unretweet: { count: 'retweetCount', by: -1 },
  reply: { count: 'replyCount', by: 1 },
  unreply: { count: 'replyCount', by: -1 },
  quote: { count: 'quoteCount', by: 1 },
  unquote: { count: 'quoteCount', by: -1 },
};

/** Rows are locked by rising id, so that transactions with several counters never wait for each other in a ring. */
const COUNT = `
  WITH change AS (
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[])
      AS c(tweet_id, likes, retweets, replies, quotes, steps)
  ), locked AS (
    SELECT tweet_id FROM tweet_counter WHERE tweet_id = ANY($1::bigint[]) ORDER BY tweet_id FOR UPDATE
  )
  UPDATE tweet_counter t
  SET like_count = t.like_count + c.likes, retweet_count = t.retweet_count + c.retweets,
      reply_count = t.reply_count + c.replies, quote_count = t.quote_count + c.quotes, revision = t.revision + c.steps
  FROM locked JOIN change c USING (tweet_id)
  WHERE t.tweet_id = locked.tweet_id
  RETURNING t.tweet_id AS "tweetId", t.like_count AS "likeCount", t.retweet_count AS "retweetCount",
            t.reply_count AS "replyCount", t.quote_count AS "quoteCount", t.revision`;

/** Changes the counters and gives an event for each change, with the counters as that change left them. */
export async function count(client: PoolClient, changes: readonly Change[], at: number): Promise<FactEvent[]> {
  if (changes.length === 0) return [];
  const byTweet = Map.groupBy(changes, ({ tweetId }) => tweetId);
  const ids = [...byTweet.keys()].sort();
  const sums = ids.map((id) => sumOf(byTweet.get(id) ?? []));
  const columns = (['likeCount', 'retweetCount', 'replyCount', 'quoteCount', 'revision'] as const).map((name) =>
    sums.map((sum) => sum[name]),
  );
  const { rows } = await client.query<Counters>({ name: 'count', text: COUNT, values: [ids, ...columns] });
  return rows.flatMap((after) => eventsOf(after, byTweet.get(after.tweetId) ?? [], at));
}

type Referring = { authorId: Id; parentId: Id | null; quotedId: Id | null };

/** What a tweet that comes (or goes) changes of the tweet it answers and of the one it quotes. */
export function changesBy({ authorId: actorId, parentId, quotedId }: Referring, what: 'coming' | 'going'): Change[] {
  const [onParent, onQuoted] = what === 'coming' ? (['reply', 'quote'] as const) : (['unreply', 'unquote'] as const);
  return [
    ...(parentId === null ? [] : [{ tweetId: parentId, actorId, action: onParent }]),
    ...(quotedId === null ? [] : [{ tweetId: quotedId, actorId, action: onQuoted }]),
  ];
}

type Sum = Counts & { revision: number };

function sumOf(changes: readonly Change[]): Sum {
  const sum: Sum = { likeCount: 0, retweetCount: 0, replyCount: 0, quoteCount: 0, revision: changes.length };
  for (const { action } of changes) sum[STEPS[action].count] += STEPS[action].by;
  return sum;
}

/** Walks from the counters before the first change to those after the last. */
function eventsOf(after: Counters, changes: readonly Change[], at: number): FactEvent[] {
  const sum = sumOf(changes);
  const now = { ...after };
  for (const name of Object.keys(sum) as (keyof Sum)[]) now[name] -= sum[name];
  return changes.map((change) => {
    const { count: name, by } = STEPS[change.action];
    now[name] += by;
    now.revision += 1;
    return tweetCounted({ ...now }, change, at);
  });
}
