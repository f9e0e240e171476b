import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import type { Mark } from './read-tweets.ts';

/** The newest tweets that a person has marked in one way: every one at and above `completeFrom`. */
export type Marked = { ids: Id[]; completeFrom: Id };
export type MarksImage = Record<Mark, Marked>;

const MARKS = `
  SELECT ARRAY(SELECT tweet_id FROM tweet_like WHERE user_id = $1 ORDER BY tweet_id DESC LIMIT $2)::text[] AS liked,
         ARRAY(SELECT tweet_id FROM retweet WHERE user_id = $1 AND undone_at IS NULL
               ORDER BY tweet_id DESC LIMIT $2)::text[] AS retweeted,
         ARRAY(SELECT tweet_id FROM bookmark WHERE user_id = $1 ORDER BY tweet_id DESC LIMIT $2)::text[] AS bookmarked`;

/** Of each kind, up to `kept` tweets, by the tweets' ids. */
export async function readMarksImage(db: Queryable, userId: Id, kept: number): Promise<MarksImage> {
  const query = { name: 'read-marks-image', text: MARKS, values: [userId, kept] };
  const { rows } = await db.query<Record<Mark, Id[]>>(query);
  const marked = (mark: Mark): Marked => {
    const ids = rows[0]?.[mark] ?? [];
    return { ids, completeFrom: ids.length < kept ? '0' : (ids.at(-1) ?? '0') };
  };
  return { liked: marked('liked'), retweeted: marked('retweeted'), bookmarked: marked('bookmarked') };
}
