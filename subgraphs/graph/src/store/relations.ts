import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** How one person stands to another, all of it. */
export type RelationTo = {
  otherId: Id;
  following: boolean;
  followedBy: boolean;
  /** The person waits for the other to accept. */
  requested: boolean;
  requestedBy: boolean;
  blocking: boolean;
  blockedBy: boolean;
  muting: boolean;
};

/** What guards visibility for one person, and all that they follow. Lists are in ascending order. */
export type RelationImage = {
  followsRevision: string;
  following: Id[];
  blocking: Id[];
  blockedBy: Id[];
  muting: Id[];
  /** Which the person follows, in the form that is compared. */
  hashtags: string[];
};

/** How a person stands to each of the others, in one statement. */
export async function readRelationsTo(
  db: Queryable,
  userId: Id,
  otherIds: readonly Id[],
): Promise<Map<Id, RelationTo>> {
  const { rows } = await db.query<{ other_id: string } & Omit<RelationTo, 'otherId'>>({
    name: 'read-relations-to',
    text: `SELECT o.id AS other_id,
             EXISTS (SELECT FROM follow WHERE follower_id = $1 AND followee_id = o.id) AS following,
             EXISTS (SELECT FROM follow WHERE follower_id = o.id AND followee_id = $1) AS "followedBy",
             EXISTS (SELECT FROM follow_request WHERE requester_id = $1 AND target_id = o.id) AS requested,
             EXISTS (SELECT FROM follow_request WHERE requester_id = o.id AND target_id = $1) AS "requestedBy",
             EXISTS (SELECT FROM block WHERE blocker_id = $1 AND blocked_id = o.id) AS blocking,
             EXISTS (SELECT FROM block WHERE blocker_id = o.id AND blocked_id = $1) AS "blockedBy",
             EXISTS (SELECT FROM mute WHERE muter_id = $1 AND muted_id = o.id) AS muting
           FROM unnest($2::bigint[]) AS o (id)`,
    values: [userId, otherIds],
  });
  return new Map(rows.map(({ other_id: otherId, ...flags }) => [otherId, { otherId, ...flags }]));
}

/** Those of the others who follow a person. */
export async function readFollowersAmong(db: Queryable, userId: Id, otherIds: readonly Id[]): Promise<Set<Id>> {
  const { rows } = await db.query<{ id: Id }>({
    name: 'read-followers-among',
    text: 'SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id = ANY($2::bigint[])',
    values: [userId, otherIds],
  });
  return new Set(rows.map(({ id }) => id));
}

/** Those of the others whom a person has asked to follow, and who have not answered. */
export async function readRequestedAmong(db: Queryable, userId: Id, otherIds: readonly Id[]): Promise<Set<Id>> {
  const { rows } = await db.query<{ id: Id }>({
    name: 'read-requested-among',
    text: 'SELECT target_id AS id FROM follow_request WHERE requester_id = $1 AND target_id = ANY($2::bigint[])',
    values: [userId, otherIds],
  });
  return new Set(rows.map(({ id }) => id));
}

/** The pairs among these between which a block stands, in either direction. */
export async function findBlocksAmong(
  db: Queryable,
  actorIds: readonly Id[],
  targetIds: readonly Id[],
): Promise<{ blockerId: Id; blockedId: Id }[]> {
  const { rows } = await db.query<{ blockerId: Id; blockedId: Id }>({
    name: 'find-blocks-among',
    text: `SELECT blocker_id AS "blockerId", blocked_id AS "blockedId"
           FROM unnest($1::bigint[], $2::bigint[]) AS e (a, t) JOIN block ON blocker_id = e.a AND blocked_id = e.t
           UNION
           SELECT blocker_id, blocked_id
           FROM unnest($1::bigint[], $2::bigint[]) AS e (a, t) JOIN block ON blocker_id = e.t AND blocked_id = e.a`,
    values: [actorIds, targetIds],
  });
  return rows;
}

/** The image and its revision as of one moment: a single statement sees a single state of the store. */
export async function readImage(db: Queryable, userId: Id): Promise<{ revision: bigint; value: RelationImage }> {
  const { rows } = await db.query<{ revision: string } & RelationImage>({
    name: 'read-image',
    text: `SELECT coalesce(p.revision, 0) AS revision, coalesce(p.follows_revision, 0) AS "followsRevision",
             ARRAY(SELECT followee_id FROM follow WHERE follower_id = v.id ORDER BY followee_id)::text[] AS following,
             ARRAY(SELECT blocked_id FROM block WHERE blocker_id = v.id ORDER BY blocked_id)::text[] AS blocking,
             ARRAY(SELECT blocker_id FROM block WHERE blocked_id = v.id ORDER BY blocker_id)::text[] AS "blockedBy",
             ARRAY(SELECT muted_id FROM mute WHERE muter_id = v.id ORDER BY muted_id)::text[] AS muting,
             ARRAY(SELECT tag FROM hashtag_follow WHERE user_id = v.id ORDER BY tag) AS hashtags
           FROM (SELECT $1::bigint AS id) AS v LEFT JOIN person AS p ON p.user_id = v.id`,
    values: [userId],
  });
  const row = rows[0];
  if (row === undefined) throw new Error('A row that every read has is missing');
  const { revision, ...value } = row;
  return { revision: BigInt(revision), value };
}
