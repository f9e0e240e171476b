import { isId, type Id } from '@starling/domain/ids.ts';
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

/** A place in a ranked timeline: among what is ranked in an epoch, or, for null, below. */
export type RankedPlace = { id: Id; ranked: { epoch: Epoch; score: number } | null };

const KIND = 'home-ranked';
/** Stands for null, which cursors do not have. */
const NO_FLOOR = '';

export function rankedCursor({ id, ranked }: RankedPlace): string {
  if (ranked === null) return encodeCursor(KIND, [id]);
  const { epoch, score } = ranked;
  return encodeCursor(KIND, [epoch.id, epoch.beforeId, epoch.floorId ?? NO_FLOOR, score, id]);
}

/** The place to go on after; null for none. Throws StarlingError BAD_CURSOR, also for a cursor of the order LATEST. */
export function parseRankedCursor(cursor: string | null | undefined): RankedPlace | null {
  if (cursor === null || cursor === undefined) return null;
  const fields = decodeCursor(KIND, cursor);
  if (fields.length === 1) return { id: idFrom(fields[0]), ranked: null };
  const [epochId, beforeId, floorId, score, id] = fields;
  if (fields.length !== 5 || typeof score !== 'number') throw badCursor();
  const epoch = {
    id: idFrom(epochId),
    beforeId: idFrom(beforeId),
    floorId: floorId === NO_FLOOR ? null : idFrom(floorId),
  };
  return { id: idFrom(id), ranked: { epoch, score } };
}

function idFrom(field: string | number | undefined): Id {
  if (typeof field !== 'string' || !isId(field)) throw badCursor();
  return field;
}

function badCursor(): StarlingError {
  return new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
}
