import {
  isFamousAt,
  isFamousFromTo,
  isFamousSince,
  isFamousWithoutEnd,
  type FameInterval,
} from '@starling/domain/fame.ts';
import { timeOfId, type Id } from '@starling/domain/ids.ts';
import type { ViewerPoint } from './viewpoint.ts';

/** Who is famous and when, as far as it is known here. */
export type Fame = {
  /** In no order; empty for somebody who never was. */
  intervalsOf(userId: Id): readonly FameInterval[];
};

export const NOBODY_FAMOUS: Fame = { intervalsOf: () => [] };

/** Whether what the actor puts there at that moment is pulled by readers, and pushed to famous followers only. */
export function isPulled(fame: Fame, actorId: Id, atMs: number): boolean {
  return isFamousAt(fame.intervalsOf(actorId), atMs);
}

/**
 * Followees whose entries a list that is complete from there need not hold: readers merge what they put there since then.
 * Nobody for somebody famous ever since: they get everything pushed.
 */
export function pulledFollowees(
  fame: Fame,
  { viewerId, following }: Pick<ViewerPoint, 'viewerId' | 'following'>,
  { completeFrom, nowMs }: { completeFrom: Id; nowMs: number },
): Id[] {
  const fromMs = timeOfId(completeFrom);
  if (isFamousFromTo(fame.intervalsOf(viewerId), fromMs, nowMs)) return [];
  return [...following].filter((id) => isFamousSince(fame.intervalsOf(id), fromMs));
}

/**
 * Followees whose entries a new list is to hold. Who is about to be pushed to this viewer is held already: by other clocks the moment may
 * have come, and what was pushed since then, before the list was there, is found by nobody else.
 */
export function listedFollowees(
  fame: Fame,
  { viewerId, following }: Pick<ViewerPoint, 'viewerId' | 'following'>,
  nowMs: number,
): Id[] {
  if (isFamousSince(fame.intervalsOf(viewerId), nowMs)) return [...following];
  return [...following].filter((id) => !isFamousWithoutEnd(fame.intervalsOf(id), nowMs));
}
