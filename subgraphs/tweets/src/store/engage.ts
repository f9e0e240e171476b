import type { Id } from '@starling/domain/ids.ts';
import type { PoolClient } from '@starling/kit/postgres/pool.ts';
import { tweetRetweeted, tweetUnretweeted, type EngagementAction, type FactEvent } from '../publishes.ts';
import type { Retweet } from '../tweet.ts';
import { count } from './count.ts';
import { commitFacts, type Database } from './database.ts';

/** Who does it with which tweet, and when: epoch milliseconds. */
export type Engagement = { userId: Id; tweetId: Id; at: number };

const LIKE = 'INSERT INTO tweet_like (user_id, tweet_id, liked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';

/** False if the like stood already. */
export function addLike(db: Database, engagement: Engagement): Promise<boolean> {
  const { userId, tweetId, at } = engagement;
  return change(db, engagement, 'like', async (client) => {
    const { rowCount } = await client.query({ name: 'like', text: LIKE, values: [userId, tweetId, new Date(at)] });
    return rowCount === 1 ? [] : null;
  });
}

const UNLIKE = 'DELETE FROM tweet_like WHERE user_id = $1 AND tweet_id = $2';

/** False if there was no like. */
export function removeLike(db: Database, engagement: Engagement): Promise<boolean> {
  return change(db, engagement, 'unlike', async (client) => {
    const values = [engagement.userId, engagement.tweetId];
    const { rowCount } = await client.query({ name: 'unlike', text: UNLIKE, values });
    return rowCount === 1 ? [] : null;
  });
}

const RETWEET = `
  INSERT INTO retweet (id, user_id, tweet_id, author_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT (user_id, tweet_id) WHERE undone_at IS NULL DO NOTHING`;

/** False if a retweet stood already. */
export function addRetweet(db: Database, retweet: Retweet, at: number): Promise<boolean> {
  const { id, userId, tweetId, authorId } = retweet;
  return change(db, { userId, tweetId, at }, 'retweet', async (client) => {
    const { rowCount } = await client.query({
      name: 'retweet',
      text: RETWEET,
      values: [id, userId, tweetId, authorId],
    });
    return rowCount === 1 ? [tweetRetweeted(retweet, at)] : null;
  });
}

const UNDO = `
  UPDATE retweet SET undone_at = $3 WHERE user_id = $1 AND tweet_id = $2 AND undone_at IS NULL
  RETURNING id`;

/** Id of the retweet that stood until now, or null. */
export async function endRetweet(db: Database, engagement: Engagement): Promise<Id | null> {
  const { userId, tweetId, at } = engagement;
  let ended: Id | null = null;
  await change(db, engagement, 'unretweet', async (client) => {
    const query = { name: 'undo-retweet', text: UNDO, values: [userId, tweetId, new Date(at)] };
    const { rows } = await client.query<{ id: Id }>(query);
    ended = rows[0]?.id ?? null;
    return ended === null ? null : [tweetUnretweeted({ id: ended, userId, tweetId }, at)];
  });
  return ended;
}

/**
 * The unique row first, then the counter: whoever changes both takes them in this order. What stands already is forgotten all
 * the same: its change may not have been answered.
 */
async function change(
  db: Database,
  { userId, tweetId, at }: Engagement,
  action: EngagementAction,
  changeRow: (client: PoolClient) => Promise<FactEvent[] | null>,
): Promise<boolean> {
  const hasChanged = await commitFacts(db, async (client, append) => {
    const events = await changeRow(client);
    if (events === null) return false;
    await append([...events, ...(await count(client, [{ tweetId, actorId: userId, action }], at))]);
    return true;
  });
  if (!hasChanged) await db.forget({ countedIds: [tweetId], markerIds: [userId], authorIds: [userId] });
  return hasChanged;
}
