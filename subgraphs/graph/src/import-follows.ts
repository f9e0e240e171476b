import { isId, type Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { changeRelations, type ChangeDeps, type RelationChange } from './change-relations.ts';
import { findBlocksAmong } from './store/relations.ts';

export type FollowToImport = { followerId: Id; followeeId: Id; /** Epoch milliseconds. */ atMs: number };

const MAX_FOLLOWS = 5_000;
/** Postgres' last timestamp lies beyond JavaScript's. */
const MAX_MS = 8.64e15;

/**
 * Adds follows in bulk, each at its moment, in one transaction; whether the accounts exist is the caller's business.
 * Left out are follows that exist, of oneself, across a block, of or by erased people, and beyond the limit of followees.
 * Waiting requests of the added pairs end. Answers how many it added; repeating it adds none.
 * Throws StarlingError BAD_USER_INPUT for more than 5,000, malformed ids or impossible moments.
 */
export async function importFollows(
  deps: ChangeDeps & { followLimit: number },
  follows: readonly FollowToImport[],
): Promise<number> {
  if (follows.length > MAX_FOLLOWS)
    throw new StarlingError('BAD_USER_INPUT', `At most ${MAX_FOLLOWS} follows at a time`);
  if (!follows.every(isWellFormed)) throw new StarlingError('BAD_USER_INPUT', 'A follow has a malformed id or moment');
  if (follows.length === 0) return 0;
  const ids = follows.flatMap(({ followerId, followeeId }) => [followerId, followeeId]);
  const added = await changeRelations(deps, ids, async (change) => {
    const edges = await chooseFollows(change, follows, deps.followLimit);
    const pairs = await change.addFollows(edges);
    await change.removeRequests(pairs);
    return pairs.length;
  });
  return added;
}

function isWellFormed({ followerId, followeeId, atMs }: FollowToImport): boolean {
  return isId(followerId) && isId(followeeId) && Number.isSafeInteger(atMs) && atMs >= 0 && atMs <= MAX_MS;
}

type Edge = { actorId: Id; targetId: Id; atMs: number };

async function chooseFollows(
  change: RelationChange,
  follows: readonly FollowToImport[],
  limit: number,
): Promise<Edge[]> {
  const edges = distinctEdges(follows);
  edges.forEach(change.concern);
  const missing = await findMissing(change, edges);
  const blocks = await findBlocksAmong(
    change.client,
    missing.map((edge) => edge.actorId),
    missing.map((edge) => edge.targetId),
  );
  const blocked = new Set(
    blocks.flatMap(({ blockerId, blockedId }) => [`${blockerId} ${blockedId}`, `${blockedId} ${blockerId}`]),
  );
  const counts = new Map<Id, number>();
  return missing.filter(({ actorId, targetId }) => {
    const follower = change.personOf(actorId);
    if (follower.erased || change.personOf(targetId).erased || blocked.has(`${actorId} ${targetId}`)) return false;
    const count = counts.get(actorId) ?? follower.followingCount;
    if (count >= limit) return false;
    counts.set(actorId, count + 1);
    return true;
  });
}

function distinctEdges(follows: readonly FollowToImport[]): Edge[] {
  const edges = new Map<string, Edge>();
  for (const { followerId, followeeId, atMs } of follows) {
    const key = `${followerId} ${followeeId}`;
    if (followerId !== followeeId && !edges.has(key))
      edges.set(key, { actorId: followerId, targetId: followeeId, atMs });
  }
  return [...edges.values()];
}

/** Existing follows must not use up the limit a second time. */
async function findMissing({ client }: RelationChange, edges: readonly Edge[]): Promise<Edge[]> {
  const { rows } = await client.query<{ place: number }>({
    name: 'find-missing-follows',
    text: `SELECT place::int FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS e (a, t, place)
           WHERE NOT EXISTS (SELECT FROM follow WHERE follower_id = e.a AND followee_id = e.t) ORDER BY place`,
    values: [edges.map((edge) => edge.actorId), edges.map((edge) => edge.targetId)],
  });
  return rows.flatMap(({ place }) => edges[place - 1] ?? []);
}
