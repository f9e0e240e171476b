import type { Queryable } from '@starling/kit/postgres/pool.ts';
import type { Id } from '@starling/domain/ids.ts';

/** One person as the transaction that locked the row sees and changes it. */
export type Person = {
  userId: Id;
  followerCount: number;
  followingCount: number;
  revision: number;
  followsRevision: number;
  erased: boolean;
  /** By the number of followers, and by how it came to be (domain/fame.ts). */
  famous: boolean;
};

export type FollowCounts = { followerCount: number; followingCount: number };

type Row = {
  user_id: string;
  follower_count: number;
  following_count: number;
  revision: string;
  follows_revision: string;
  erased: boolean;
  famous: boolean;
};

/**
 * Locks the rows of these people until the transaction ends, and creates those that are missing. Always in the order of
 * ids, first the new rows and then the locks, so that two transactions can never wait for each other.
 */
export async function lockPeople(client: Queryable, ids: readonly Id[]): Promise<Map<Id, Person>> {
  const ordered = [...new Set(ids)].sort();
  await client.query({
    name: 'create-people',
    text: 'INSERT INTO person (user_id) SELECT id FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, place) ORDER BY place ON CONFLICT DO NOTHING',
    values: [ordered],
  });
  const { rows } = await client.query<Row>({
    name: 'lock-people',
    text: `SELECT user_id, follower_count, following_count, revision, follows_revision, erased, famous
           FROM person WHERE user_id = ANY($1::bigint[]) ORDER BY user_id FOR UPDATE`,
    values: [ordered],
  });
  return new Map(rows.map((row) => [row.user_id, toPerson(row)]));
}

/** Writes people back whose rows this transaction has locked. */
export async function savePeople(client: Queryable, people: readonly Person[]): Promise<void> {
  if (people.length === 0) return;
  await client.query({
    name: 'save-people',
    text: `UPDATE person AS p
           SET follower_count = n.follower_count, following_count = n.following_count,
               revision = n.revision, follows_revision = n.follows_revision, erased = n.erased,
               famous = n.famous
           FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::boolean[], $7::boolean[])
             AS n (user_id, follower_count, following_count, revision, follows_revision, erased, famous)
           WHERE p.user_id = n.user_id`,
    values: [
      people.map((person) => person.userId),
      people.map((person) => person.followerCount),
      people.map((person) => person.followingCount),
      people.map((person) => person.revision),
      people.map((person) => person.followsRevision),
      people.map((person) => person.erased),
      people.map((person) => person.famous),
    ],
  });
}

/** Counters by id; people without a row have none of either. */
export async function readCounts(db: Queryable, ids: readonly Id[]): Promise<Map<Id, FollowCounts>> {
  const { rows } = await db.query<Pick<Row, 'user_id' | 'follower_count' | 'following_count'>>({
    name: 'read-counts',
    text: 'SELECT user_id, follower_count, following_count FROM person WHERE user_id = ANY($1::bigint[])',
    values: [ids],
  });
  return new Map(
    rows.map((row) => [row.user_id, { followerCount: row.follower_count, followingCount: row.following_count }]),
  );
}

/** Everybody who has a row, ascending, beyond `afterId`. */
export async function listPeopleIds(db: Queryable, afterId: Id | null, limit: number): Promise<Id[]> {
  const { rows } = await db.query<{ user_id: Id }>(
    'SELECT user_id FROM person WHERE user_id > $1 ORDER BY user_id LIMIT $2',
    [afterId ?? 0, limit],
  );
  return rows.map((row) => row.user_id);
}

/** What the counters must be, from the follows themselves. */
export async function countFollows(db: Queryable, ids: readonly Id[]): Promise<Map<Id, FollowCounts>> {
  const { rows } = await db.query<{ user_id: string; follower_count: number; following_count: number }>({
    name: 'count-follows',
    text: `SELECT p.id AS user_id,
             (SELECT count(*)::int FROM follow WHERE followee_id = p.id) AS follower_count,
             (SELECT count(*)::int FROM follow WHERE follower_id = p.id) AS following_count
           FROM unnest($1::bigint[]) AS p (id)`,
    values: [ids],
  });
  return new Map(
    rows.map((row) => [row.user_id, { followerCount: row.follower_count, followingCount: row.following_count }]),
  );
}

function toPerson(row: Row): Person {
  return {
    userId: row.user_id,
    followerCount: row.follower_count,
    followingCount: row.following_count,
    revision: Number(row.revision),
    followsRevision: Number(row.follows_revision),
    erased: row.erased,
    famous: row.famous,
  };
}
