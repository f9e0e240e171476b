import type { CallContext } from '@starling/kit/principal.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import { changePair, userError, type LockedPair, type PairDeps, type PairResult } from './change-pair.ts';
import type { RelationChange } from './change-relations.ts';
import type { FollowDeps } from './follow-user.ts';

/** Lets a person who asked follow the viewer. Accepting again changes nothing. */
export function acceptFollowRequest(deps: FollowDeps, call: CallContext, requesterId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId: requesterId, adds: true }, (change, pair) => accept(deps, change, pair));
}

/** Takes the request away; the person does not learn of it. */
export function declineFollowRequest(deps: PairDeps, call: CallContext, requesterId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId: requesterId, adds: false }, async (change, { viewerId, relation }) => {
    if (relation.requestedBy) await change.removeRequests([{ actorId: requesterId, targetId: viewerId }]);
    return null;
  });
}

/** Takes the viewer's own request back. */
export function cancelFollowRequest(deps: PairDeps, call: CallContext, targetId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId, adds: false }, async (change, { viewerId, relation }) => {
    if (relation.requested) await change.removeRequests([{ actorId: viewerId, targetId }]);
    return null;
  });
}

async function accept(
  { followLimit }: FollowDeps,
  change: RelationChange,
  pair: LockedPair,
): Promise<UserError | null> {
  const { viewerId, targetId: requesterId, target: requester, relation } = pair;
  if (relation.followedBy) return null;
  if (relation.blocking || relation.blockedBy) return userError('BLOCKED', 'A block between the two of you forbids it');
  if (!relation.requestedBy) return userError('NOT_FOUND', 'This person has not asked to follow you');
  if (requester.state !== 'active') return userError('UNAVAILABLE', 'The account is not active');
  if (change.personOf(requesterId).followingCount >= followLimit) {
    return userError('LIMIT_REACHED', `This person follows ${followLimit} others already, which is the most`);
  }
  const edge = [{ actorId: requesterId, targetId: viewerId }];
  await change.removeRequests(edge);
  await change.addFollows(edge);
  return null;
}
