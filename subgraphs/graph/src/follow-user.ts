import type { CallContext } from '@starling/kit/principal.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import { changePair, userError, type LockedPair, type PairDeps, type PairResult } from './change-pair.ts';
import type { RelationChange } from './change-relations.ts';

export type FollowDeps = PairDeps & { /** Followees of one person, at most. */ followLimit: number };

/**
 * Makes the viewer follow a person, or ask to if the account is private. A request that still waits at an account that
 * has turned public since becomes a follow; turning public by itself accepts nothing.
 */
export function followUser(deps: FollowDeps, call: CallContext, targetId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId, adds: true }, (change, pair) => follow(deps, change, pair));
}

async function follow(
  { followLimit }: FollowDeps,
  change: RelationChange,
  pair: LockedPair,
): Promise<UserError | null> {
  const { viewerId, targetId, target, relation } = pair;
  if (relation.blocking || relation.blockedBy) return userError('BLOCKED', 'A block between the two of you forbids it');
  if (target.state !== 'active') return userError('UNAVAILABLE', 'The account is not active');
  if (relation.following || (relation.requested && target.isPrivate)) return null;
  if (change.personOf(viewerId).followingCount >= followLimit) {
    return userError('LIMIT_REACHED', `One person can follow ${followLimit} others at most`);
  }
  const edge = [{ actorId: viewerId, targetId }];
  if (target.isPrivate) {
    await change.addRequests(edge);
    return null;
  }
  await change.removeRequests(edge);
  await change.addFollows(edge);
  return null;
}
