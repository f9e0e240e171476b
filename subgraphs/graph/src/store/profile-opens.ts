import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** That somebody looked at somebody's profile; `slotMs` begins the stretch of time in which several are one. Epoch milliseconds. */
export type ProfileOpen = { viewerId: Id; userId: Id; slotMs: number };

/** One as it is told of its viewer. Epoch milliseconds. */
export type KeptOpen = { userId: Id; atMs: number };

/** Held in common by those who write opens, and alone, for a moment, by who has marked somebody as erased. */
const WRITERS = `hashtextextended('starling profile opens', 0)`;

/**
 * Writes those that are missing, but none of or by an erased person, and answers whose each was that it wrote. Within a transaction. In
 * the order of their key, so that two transactions never wait for each other.
 */
export async function insertProfileOpens(
  client: Queryable,
  opens: readonly ProfileOpen[],
  atMs: number,
): Promise<Id[]> {
  await client.query({ name: 'share-profile-opens', text: `SELECT pg_advisory_xact_lock_shared(${WRITERS})` });
  const { rows } = await client.query<{ viewer_id: Id }>({
    name: 'insert-profile-opens',
    text: `INSERT INTO profile_open (viewer_id, user_id, slot, opened_at)
           SELECT viewer_id, user_id, slot, $4::timestamptz
           FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS o (viewer_id, user_id, slot)
           WHERE NOT EXISTS (SELECT FROM person p WHERE p.user_id IN (o.viewer_id, o.user_id) AND p.erased)
           ORDER BY user_id, viewer_id, slot
           ON CONFLICT DO NOTHING
           RETURNING viewer_id`,
    values: [
      opens.map(({ viewerId }) => viewerId),
      opens.map(({ userId }) => userId),
      opens.map(({ slotMs }) => new Date(slotMs)),
      new Date(atMs),
    ],
  });
  return rows.map((row) => row.viewer_id);
}

/** Resolves when whoever was writing opens has committed: those who come later see what was committed before this. */
export async function awaitProfileOpens(db: Queryable): Promise<void> {
  await db.query({ name: 'await-profile-opens', text: `SELECT pg_advisory_xact_lock(${WRITERS})` });
}

/** What a person opened before a moment and not before another, newest first. */
export async function readProfileOpens(
  db: Queryable,
  { viewerId, fromMs, beforeMs, limit }: { viewerId: Id; fromMs: number; beforeMs: number; limit: number },
): Promise<KeptOpen[]> {
  const { rows } = await db.query<{ user_id: Id; opened_at: Date }>({
    name: 'read-profile-opens',
    text: `SELECT user_id, opened_at FROM profile_open
           WHERE viewer_id = $1 AND opened_at < $2 AND opened_at >= $3
           ORDER BY opened_at DESC, user_id DESC LIMIT $4`,
    values: [viewerId, new Date(beforeMs), new Date(fromMs), limit],
  });
  return rows.map((row) => ({ userId: row.user_id, atMs: row.opened_at.getTime() }));
}

/** Forgets up to `limit` opens by a person or of a person. Answers how many. */
export async function deleteProfileOpensOf(db: Queryable, userId: Id, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete-profile-opens-of',
    text: `DELETE FROM profile_open WHERE (user_id, viewer_id, slot) IN (
             (SELECT user_id, viewer_id, slot FROM profile_open WHERE user_id = $1 LIMIT $2)
             UNION ALL
             (SELECT user_id, viewer_id, slot FROM profile_open WHERE viewer_id = $1 LIMIT $2)
             LIMIT $2)`,
    values: [userId, limit],
  });
  return rowCount ?? 0;
}

/**
 * Forgets up to `limit` opens by a person beyond the newest `kept`. What others are about to forget is left to them, so that this waits
 * for nobody. Answers how many.
 */
export async function deleteProfileOpensBeyond(
  db: Queryable,
  { viewerId, kept, limit }: { viewerId: Id; kept: number; limit: number },
): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete-profile-opens-beyond',
    text: `DELETE FROM profile_open WHERE (user_id, viewer_id, slot) IN (
             SELECT user_id, viewer_id, slot FROM profile_open
             WHERE viewer_id = $1 AND (opened_at, user_id) < (
               SELECT opened_at, user_id FROM profile_open WHERE viewer_id = $1
               ORDER BY opened_at DESC, user_id DESC LIMIT 1 OFFSET $2)
             LIMIT $3 FOR UPDATE SKIP LOCKED)`,
    values: [viewerId, kept - 1, limit],
  });
  return rowCount ?? 0;
}

/** Forgets up to `limit` opens of before a moment, in epoch milliseconds. Answers how many. */
export async function deleteOldProfileOpens(db: Queryable, beforeMs: number, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete-old-profile-opens',
    text: `DELETE FROM profile_open WHERE (user_id, viewer_id, slot) IN (
             SELECT user_id, viewer_id, slot FROM profile_open WHERE opened_at < $1 ORDER BY opened_at LIMIT $2)`,
    values: [new Date(beforeMs), limit],
  });
  return rowCount ?? 0;
}
