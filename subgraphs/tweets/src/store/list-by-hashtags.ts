import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { foldRow, HASHTAGS_COLUMN } from './hashtags.ts';
import type { EntryRow } from './read-entries.ts';

/**
 * First a few tweets of each hashtag, whose `limit`-th is a bound for the answer; then more of those hashtags alone whose few all
 * lie on this side of it, which are few. So neither many hashtags nor a busy one among quiet ones read much.
 */
function byHashtags(oldestFirst: boolean): string {
  const order = oldestFirst ? 'ASC' : 'DESC';
  const [furthest, end, nearer] = oldestFirst ? ['max(id)', '$2', '<'] : ['min(id)', '$3', '>'];
  return `
  WITH head AS MATERIALIZED (
    SELECT wanted.tag, e.id FROM (SELECT DISTINCT tag FROM unnest($1::text[]) AS w(tag)) wanted CROSS JOIN LATERAL (
      SELECT h.tweet_id AS id FROM tweet_hashtag h
      WHERE h.tag = wanted.tag AND h.tweet_id < $2 AND h.tweet_id > $3
      ORDER BY h.tweet_id ${order} LIMIT $5
    ) e
  ),
  bound AS MATERIALIZED (
    SELECT CASE WHEN count(*) = $4 THEN ${furthest} ELSE ${end} END AS id
    FROM (SELECT DISTINCT id FROM head ORDER BY id ${order} LIMIT $4) nearest
  ),
  open AS MATERIALIZED (
    SELECT tag FROM head GROUP BY tag HAVING count(*) = $5 AND ${furthest} ${nearer} (SELECT id FROM bound)
  )
  SELECT t.id, t.author_id AS "actorId", t.id AS "tweetId", t.author_id AS "authorId", t.parent_id AS "parentId",
         t.parent_author_id AS "parentAuthorId", t.conversation_id AS "conversationId", t.state, ${HASHTAGS_COLUMN}
  FROM (
    SELECT id FROM head
    UNION
    SELECT more.id FROM open CROSS JOIN LATERAL (
      SELECT h.tweet_id AS id FROM tweet_hashtag h
      WHERE h.tag = open.tag AND h.tweet_id < $2 AND h.tweet_id > $3
      ORDER BY h.tweet_id ${order} LIMIT $4
    ) more
    ORDER BY id ${order} LIMIT $4
  ) e JOIN tweet t ON t.id = e.id
  ORDER BY t.id ${order}`;
}

const LEAST_HEAD = 2;

export type HashtagsQuery = {
  hashtags: readonly string[];
  /** Both exclusive. */
  beforeId: Id;
  afterId: Id;
  limit: number;
  oldestFirst: boolean;
};

/** Tweets that carry any of the hashtags, in order, each once. Deleted ones are absent. */
export async function listByHashtags(
  db: Queryable,
  { hashtags, beforeId, afterId, limit, oldestFirst }: HashtagsQuery,
): Promise<EntryRow[]> {
  const head = Math.min(limit, Math.max(LEAST_HEAD, Math.ceil((2 * limit) / Math.max(1, hashtags.length))));
  const values = [hashtags, beforeId, afterId, limit, head];
  const { rows } = await db.query<EntryRow>({
    name: `list-by-hashtags-${oldestFirst ? 'oldest' : 'newest'}`,
    text: byHashtags(oldestFirst),
    values,
  });
  return rows.map(foldRow);
}
