import { firstIdAt, timeOfId, type Id } from '@starling/domain/ids.ts';
import type { InteractionKind } from '@starling/domain/ranking.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** What a person did to a tweet of `authorId`. */
export type InteractionRow = { authorId: Id; kind: InteractionKind; atMs: number };

/**
 * Each arm reads at most `limit` rows of an index by person, newest first; replies are therefore looked for among the newest
 * tweets only, so that somebody who writes much and answers nobody costs no more.
 */
const INTERACTIONS = `
  (SELECT t.author_id AS "authorId", 'like' AS kind, NULL::bigint AS id, l.liked_at AS "likedAt"
   FROM (SELECT tweet_id, liked_at FROM tweet_like
         WHERE user_id = $1 AND liked_at < $2 ORDER BY liked_at DESC, tweet_id DESC LIMIT $4) l
   JOIN tweet t ON t.id = l.tweet_id WHERE t.author_id <> $1)
  UNION ALL
  (SELECT author_id, 'retweet', id, NULL
   FROM (SELECT id, author_id FROM retweet
         WHERE user_id = $1 AND undone_at IS NULL AND id < $3 ORDER BY id DESC LIMIT $4) r
   WHERE author_id <> $1)
  UNION ALL
  (SELECT parent_author_id, 'reply', id, NULL
   FROM (SELECT id, parent_author_id FROM tweet
         WHERE author_id = $1 AND state <> 'deleted' AND id < $3 ORDER BY id DESC LIMIT $4) a
   WHERE parent_author_id <> $1)`;

/** The newest `limit` of each kind, newest first: so that much of one kind makes nothing of another be forgotten. */
export async function listInteractions(
  db: Queryable,
  { userId, beforeMs, limit }: { userId: Id; /** Exclusive. */ beforeMs: number; limit: number },
): Promise<InteractionRow[]> {
  const values = [userId, new Date(beforeMs), firstIdAt(beforeMs), limit];
  const { rows } = await db.query<Row>({ name: 'list-interactions', text: INTERACTIONS, values });
  return rows.map(momentKnown).sort((a, b) => b.atMs - a.atMs);
}

/** A like has its moment, anything else has it in its id. */
type Row = Pick<InteractionRow, 'authorId' | 'kind'> & ({ id: null; likedAt: Date } | { id: Id; likedAt: null });

function momentKnown({ authorId, kind, ...row }: Row): InteractionRow {
  return { authorId, kind, atMs: row.id === null ? row.likedAt.getTime() : timeOfId(row.id) };
}
