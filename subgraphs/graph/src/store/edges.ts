import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** Somebody who did something to somebody: follower and followee, blocker and blocked, … */
export type Pair = { actorId: Id; targetId: Id };

/** The tables of relations between two people, and their columns. All but `follow` are plain marks. */
const TABLES = {
  follow: { name: 'follow', actor: 'follower_id', target: 'followee_id' },
  request: { name: 'follow_request', actor: 'requester_id', target: 'target_id' },
  block: { name: 'block', actor: 'blocker_id', target: 'blocked_id' },
  mute: { name: 'mute', actor: 'muter_id', target: 'muted_id' },
} as const;
export type EdgeKind = keyof typeof TABLES;

type PairRow = { actor_id: string; target_id: string };

/** Adds the relations that are missing, each at its moment (epoch milliseconds). Answers with those it added. */
export async function insertEdges(
  client: Queryable,
  kind: EdgeKind,
  edges: readonly (Pair & { atMs: number })[],
): Promise<Pair[]> {
  if (edges.length === 0) return [];
  const { name, actor, target } = TABLES[kind];
  const { rows } = await client.query<PairRow>({
    name: `insert-${name}`,
    text: `INSERT INTO ${name} (${actor}, ${target}, since)
           SELECT a, t, to_timestamp(ms / 1000.0) FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS e (a, t, ms)
           ON CONFLICT DO NOTHING RETURNING ${actor} AS actor_id, ${target} AS target_id`,
    values: [edges.map((edge) => edge.actorId), edges.map((edge) => edge.targetId), edges.map((edge) => edge.atMs)],
  });
  return rows.map(toPair);
}

/** Removes what is there of these requests, blocks or mutes. Answers with those it removed. */
export async function deleteEdges(
  client: Queryable,
  kind: Exclude<EdgeKind, 'follow'>,
  pairs: readonly Pair[],
): Promise<Pair[]> {
  if (pairs.length === 0) return [];
  const { name, actor, target } = TABLES[kind];
  const { rows } = await client.query<PairRow>({
    name: `delete-${name}`,
    text: `DELETE FROM ${name} USING unnest($1::bigint[], $2::bigint[]) AS e (a, t)
           WHERE ${actor} = e.a AND ${target} = e.t RETURNING ${actor} AS actor_id, ${target} AS target_id`,
    values: [pairs.map((pair) => pair.actorId), pairs.map((pair) => pair.targetId)],
  });
  return rows.map(toPair);
}

/** Ends what is there of these follows and keeps their intervals. Answers with those it ended. */
export async function endFollows(client: Queryable, pairs: readonly Pair[], atMs: number): Promise<Pair[]> {
  if (pairs.length === 0) return [];
  const { rows } = await client.query<PairRow>({
    name: 'end-follows',
    text: `WITH ended AS (
             DELETE FROM follow USING unnest($1::bigint[], $2::bigint[]) AS e (a, t)
             WHERE follower_id = e.a AND followee_id = e.t RETURNING follower_id, followee_id, since
           ), kept AS (
             INSERT INTO past_follow (follower_id, followee_id, since, until)
             SELECT follower_id, followee_id, since, greatest(since, to_timestamp($3::bigint / 1000.0)) FROM ended
           )
           SELECT follower_id AS actor_id, followee_id AS target_id FROM ended`,
    values: [pairs.map((pair) => pair.actorId), pairs.map((pair) => pair.targetId), atMs],
  });
  return rows.map(toPair);
}

/** Up to `limit` relations of one kind that a person has, in either direction. */
export async function findEdgesOf(db: Queryable, kind: EdgeKind, userId: Id, limit: number): Promise<Pair[]> {
  const { name, actor, target } = TABLES[kind];
  const { rows } = await db.query<PairRow>({
    name: `find-${name}-of`,
    text: `(SELECT ${actor} AS actor_id, ${target} AS target_id FROM ${name} WHERE ${actor} = $1 LIMIT $2)
           UNION ALL
           (SELECT ${actor}, ${target} FROM ${name} WHERE ${target} = $1 LIMIT $2)
           LIMIT $2`,
    values: [userId, limit],
  });
  return rows.map(toPair);
}

/** Forgets up to `limit` past follows of a person, in either direction. Answers how many. */
export async function deletePastFollows(db: Queryable, userId: Id, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete-past-follows',
    text: `DELETE FROM past_follow WHERE id IN (
             (SELECT id FROM past_follow WHERE follower_id = $1 LIMIT $2)
             UNION ALL
             (SELECT id FROM past_follow WHERE followee_id = $1 LIMIT $2)
             LIMIT $2)`,
    values: [userId, limit],
  });
  return rowCount ?? 0;
}

function toPair(row: PairRow): Pair {
  return { actorId: row.actor_id, targetId: row.target_id };
}
