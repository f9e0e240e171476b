import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { foldRow, HASHTAGS_COLUMN } from './hashtags.ts';
import type { EntryRow } from './read-entries.ts';

/** As in `listByActors`: a few of each hashtag give a lower bound for the answer. A tweet may carry several of them. */
const BY_HASHTAGS = `
  WITH wanted AS MATERIALIZED (SELECT DISTINCT tag FROM unnest($1::text[]) AS w(tag)),
  head AS (
    SELECT DISTINCT e.id FROM wanted CROSS JOIN LATERAL (
      SELECT h.tweet_id AS id FROM tweet_hashtag h
      WHERE h.tag = wanted.tag AND h.tweet_id < $2 AND h.tweet_id > $3
      ORDER BY h.tweet_id DESC LIMIT $5
    ) e ORDER BY e.id DESC LIMIT $4
  ),
  bound AS MATERIALIZED (SELECT CASE WHEN count(*) = $4 THEN min(id) - 1 ELSE $3 END AS id FROM head)
  SELECT t.id, t.author_id AS "actorId", t.id AS "tweetId", t.author_id AS "authorId", t.parent_id AS "parentId",
         t.parent_author_id AS "parentAuthorId", t.conversation_id AS "conversationId", t.state, ${HASHTAGS_COLUMN}
  FROM (
    SELECT DISTINCT one.id FROM wanted CROSS JOIN LATERAL (
      SELECT h.tweet_id AS id FROM tweet_hashtag h
      WHERE h.tag = wanted.tag AND h.tweet_id < $2 AND h.tweet_id > (SELECT id FROM bound)
      ORDER BY h.tweet_id DESC LIMIT $4
    ) one ORDER BY one.id DESC LIMIT $4
  ) e JOIN tweet t ON t.id = e.id
  ORDER BY t.id DESC`;

const LEAST_HEAD = 2;

/** Tweets that carry any of the hashtags, newest first, each once; both bounds exclusive. Deleted ones are absent. */
export async function listByHashtags(
  db: Queryable,
  { hashtags, beforeId, afterId, limit }: { hashtags: readonly string[]; beforeId: Id; afterId: Id; limit: number },
): Promise<EntryRow[]> {
  const head = Math.min(limit, Math.max(LEAST_HEAD, Math.ceil((2 * limit) / Math.max(1, hashtags.length))));
  const values = [hashtags, beforeId, afterId, limit, head];
  const { rows } = await db.query<EntryRow>({ name: 'list-by-hashtags', text: BY_HASHTAGS, values });
  return rows.map(foldRow);
}
