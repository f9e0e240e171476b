import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

export type StoredFame = {
  userId: Id;
  beginsAtMs: number;
  /** Null while no end is announced. */ endsAtMs: number | null;
};

/** Announces that fame begins `noticeMs` after `atMs`; after an end that is announced already, if that comes later. */
export async function announceFame(
  client: Queryable,
  userIds: readonly Id[],
  { atMs, noticeMs }: { atMs: number; noticeMs: number },
): Promise<void> {
  if (userIds.length === 0) return;
  await client.query({
    name: 'announce-fame',
    text: `INSERT INTO fame (user_id, begins_at, changed_at)
           SELECT id, greatest($2::timestamptz, (SELECT max(ends_at) FROM fame WHERE user_id = id)), $3::timestamptz
           FROM unnest($1::bigint[]) AS someone (id)`,
    values: [userIds, new Date(atMs + noticeMs), new Date(atMs)],
  });
}

/** Announces that fame ends `noticeMs` after `atMs`, and not before it has begun: so no two intervals begin at the same moment. */
export async function announceFameEnds(
  client: Queryable,
  userIds: readonly Id[],
  { atMs, noticeMs }: { atMs: number; noticeMs: number },
): Promise<void> {
  if (userIds.length === 0) return;
  await client.query({
    name: 'announce-fame-ends',
    text: `UPDATE fame SET ends_at = greatest($2::timestamptz, begins_at + interval '1 ms'), changed_at = $3
           WHERE user_id = ANY($1::bigint[]) AND ends_at IS NULL`,
    values: [userIds, new Date(atMs + noticeMs), new Date(atMs)],
  });
}

/** A place in the order of changes. */
export type FamePlace = { changedAtMs: number; userId: Id; beginsAtMs: number };

type Row = { user_id: Id; begins_at: Date; ends_at: Date | null; changed_at: Date };

/** Fame that was announced, or whose end was, beyond `after`, the earliest change first. */
export async function readFame(
  db: Queryable,
  after: FamePlace,
  limit: number,
): Promise<{ fame: StoredFame; place: FamePlace }[]> {
  const { rows } = await db.query<Row>({
    name: 'read-fame',
    text: `SELECT user_id, begins_at, ends_at, changed_at FROM fame
           WHERE (changed_at, user_id, begins_at) > ($1::timestamptz, $2::bigint, $3::timestamptz)
           ORDER BY changed_at, user_id, begins_at LIMIT $4`,
    values: [new Date(after.changedAtMs), after.userId, new Date(after.beginsAtMs), limit],
  });
  return rows.map((row) => ({
    fame: { userId: row.user_id, beginsAtMs: row.begins_at.getTime(), endsAtMs: row.ends_at?.getTime() ?? null },
    place: { changedAtMs: row.changed_at.getTime(), userId: row.user_id, beginsAtMs: row.begins_at.getTime() },
  }));
}
