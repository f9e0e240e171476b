import { isFirstOfMoment, isId, timeOfId, type Id } from '@starling/domain/ids.ts';
import { decodeCursor, encodeCursor } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';

/**
 * A ranked order: when it was made, and which stretch of the home timeline it ranks. With these it can be made again as of that
 * moment, should what was kept of it be lost.
 */
export type Epoch = {
  /** The first id of the moment. */
  id: Id;
  /** Exclusive: what is newer belongs to later epochs. */
  beforeId: Id;
  /** Inclusive: below it the timeline goes on newest first. Null if there was nothing below. */
  floorId: Id | null;
};

/** A place in a ranked timeline: among what is ranked in its epoch, or, where the score is null, below. */
export type RankedPlace = { id: Id; epoch: Epoch; score: number | null };

const KIND = 'home-ranked';
/** Stands for null, which cursors do not have. */
const NONE = '';
/** Clocks of processes that serve one reader differ by less. */
const CLOCKS_DIFFER_MS = 60_000;
/** Whoever comes back later begins anew: an order could be made again at any time, but nobody scrolls for so long. */
const OLDEST_MS = 7 * 24 * 60 * 60 * 1000;

export function rankedCursor({ id, epoch, score }: RankedPlace): string {
  return encodeCursor(KIND, [epoch.id, epoch.beforeId, epoch.floorId ?? NONE, score ?? NONE, id]);
}

/**
 * The place to go on after; null for none. Throws StarlingError BAD_CURSOR, also for a cursor of the order LATEST, and for an
 * epoch that cannot have been, or is over.
 */
export function parseRankedCursor(cursor: string | null | undefined, nowMs: number): RankedPlace | null {
  if (cursor === null || cursor === undefined) return null;
  const [epochId, beforeId, floorId, score, id, ...others] = decodeCursor(KIND, cursor);
  const isScore = score === NONE || typeof score === 'number';
  if (others.length > 0 || !isScore) throw badCursor();
  const epoch = {
    id: idFrom(epochId),
    beforeId: idFrom(beforeId),
    floorId: floorId === NONE ? null : idFrom(floorId),
  };
  if (!canHaveBeen(epoch, nowMs)) throw badCursor();
  return { id: idFrom(id), epoch, score: score === NONE ? null : score };
}

function canHaveBeen({ id, beforeId, floorId }: Epoch, nowMs: number): boolean {
  const ageMs = nowMs - timeOfId(id);
  if (!isFirstOfMoment(id) || ageMs < -CLOCKS_DIFFER_MS || ageMs > OLDEST_MS) return false;
  return floorId === null || floorId <= beforeId;
}

function idFrom(field: string | number | undefined): Id {
  if (typeof field !== 'string' || !isId(field)) throw badCursor();
  return field;
}

function badCursor(): StarlingError {
  return new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
}
