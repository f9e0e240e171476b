import type { CallContext } from '@starling/kit/principal.ts';
import { changePair, type PairDeps, type PairResult } from './change-pair.ts';

/** Ends follows and requests both ways, then hides each from the other. */
export function blockUser(deps: PairDeps, call: CallContext, targetId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId, adds: true }, async (change, { viewerId, relation }) => {
    const edge = { actorId: viewerId, targetId };
    const back = { actorId: targetId, targetId: viewerId };
    if (relation.following || relation.followedBy) await change.endFollows([edge, back]);
    if (relation.requested || relation.requestedBy) await change.removeRequests([edge, back]);
    if (!relation.blocking) await change.addBlocks([edge]);
    return null;
  });
}

/** Ends the viewer's block; one in the other direction stays, and follows do not come back. */
export function unblockUser(deps: PairDeps, call: CallContext, targetId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId, adds: false }, async (change, { viewerId, relation }) => {
    if (relation.blocking) await change.removeBlocks([{ actorId: viewerId, targetId }]);
    return null;
  });
}
