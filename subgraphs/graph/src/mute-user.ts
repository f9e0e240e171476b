import type { CallContext } from '@starling/kit/principal.ts';
import { changePair, type PairDeps, type PairResult } from './change-pair.ts';

/** Keeps a person out of what comes to the viewer unasked. Also possible across a block: nobody learns of it. */
export function muteUser(deps: PairDeps, call: CallContext, targetId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId, adds: true }, async (change, { viewerId, relation }) => {
    if (!relation.muting) await change.addMutes([{ actorId: viewerId, targetId }]);
    return null;
  });
}

export function unmuteUser(deps: PairDeps, call: CallContext, targetId: string): Promise<PairResult> {
  return changePair(deps, call, { targetId, adds: false }, async (change, { viewerId, relation }) => {
    if (relation.muting) await change.removeMutes([{ actorId: viewerId, targetId }]);
    return null;
  });
}
