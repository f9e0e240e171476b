import type { CallContext } from '@starling/kit/principal.ts';
import { changePair, type PairDeps, type PairResult } from './change-pair.ts';

/** Ends the viewer's follow, or takes the request back. */
export function unfollowUser(deps: PairDeps, call: CallContext, targetId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId, adds: false }, async (change, { viewerId, relation }) => {
    const edge = [{ actorId: viewerId, targetId }];
    if (relation.following) await change.endFollows(edge);
    if (relation.requested) await change.removeRequests(edge);
    return null;
  });
}
