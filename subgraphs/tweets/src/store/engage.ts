import type { Id } from '@starling/domain/ids.ts';
import type { PoolClient } from '@starling/kit/postgres/pool.ts';
import { tweetRetweeted, tweetUnretweeted, type EngagementAction, type FactEvent } from '../publishes.ts';
import type { Retweet } from '../tweet.ts';
import { count } from './count.ts';
import { commitFacts, type Concern, type Database } from './database.ts';

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
  return change(db, { userId, tweetId, at }, 'retweet', async (client, concern) => {
    const { rowCount } = await client.query({
      name: 'retweet',
      text: RETWEET,
      values: [id, userId, tweetId, authorId],
    });
    await concernRetweets(client, concern, { userId, tweetId });
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
  await change(db, engagement, 'unretweet', async (client, concern) => {
    const query = { name: 'undo-retweet', text: UNDO, values: [userId, tweetId, new Date(at)] };
    const { rows } = await client.query<{ id: Id }>(query);
    await concernRetweets(client, concern, engagement);
    ended = rows[0]?.id ?? null;
    return ended === null ? null : [tweetUnretweeted({ id: ended, userId, tweetId }, at)];
  });
  return ended;
}

/** The one that stands, and those taken back last: more than anybody still waits to hear of. */
const RETWEETS = `
  (SELECT id FROM retweet WHERE user_id = $1 AND tweet_id = $2 AND undone_at IS NULL)
  UNION ALL
  (SELECT id FROM retweet WHERE user_id = $1 AND tweet_id = $2 AND undone_at IS NOT NULL
   ORDER BY undone_at DESC LIMIT 20)`;

/**
 * Each retweet is cached by its own id, those from before this one too. A statement after the change: one that had to wait
 * for a change beside it does not see what that has done to other rows.
 */
async function concernRetweets(
  client: PoolClient,
  concern: Concern,
  { userId, tweetId }: Pick<Engagement, 'userId' | 'tweetId'>,
): Promise<void> {
  const query = { name: 'retweets-of-tweet', text: RETWEETS, values: [userId, tweetId] };
  const { rows } = await client.query<{ id: Id }>(query);
  concern({ entryIds: rows.map(({ id }) => id) });
}

/**
 * The unique row first, then the counter: whoever changes both takes them in this order. What stands already is forgotten all
 * the same: its change may not have been answered.
 */
function change(
  db: Database,
  { userId, tweetId, at }: Engagement,
  action: EngagementAction,
  changeRow: (client: PoolClient, concern: Concern) => Promise<FactEvent[] | null>,
): Promise<boolean> {
  return commitFacts(db, async (client, append, concern) => {
    const events = await changeRow(client, concern);
    if (events === null) {
      concern({ countedIds: [tweetId], markerIds: [userId], authorIds: [userId] });
      return false;
    }
    await append([...events, ...(await count(client, [{ tweetId, actorId: userId, action }], at))]);
    return true;
  });
}
