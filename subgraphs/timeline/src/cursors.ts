import { isId, type Id } from '@starling/domain/ids.ts';
import { decodeCursor, encodeCursor } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Place } from './timeline-page.ts';

/** Bound to the moment (epoch milliseconds) as of which the timeline is read; null for the timeline of now. */
export function homeCursor(entryId: Id, asOfMs: number | null): string {
  return asOfMs === null ? encodeCursor('home', [entryId]) : encodeCursor('home-at', [asOfMs, entryId]);
}

/** The entry to go on after; null for none. Throws StarlingError BAD_CURSOR, also for one of another moment. */
export function parseHomeCursor(cursor: string | null | undefined, asOfMs: number | null): Place | null {
  if (cursor === null || cursor === undefined) return null;
  return asOfMs === null
    ? placeOf(decodeCursor('home', cursor), [])
    : placeOf(decodeCursor('home-at', cursor), [asOfMs]);
}

/** Bound to the person: it means nothing on another one's page. */
export function profileCursor(userId: Id, entryId: Id): string {
  return encodeCursor('profile', [userId, entryId]);
}

/** As `parseHomeCursor`; another person's cursor is a foreign one. */
export function parseProfileCursor(userId: Id, cursor: string | null | undefined): Place | null {
  return cursor === null || cursor === undefined ? null : placeOf(decodeCursor('profile', cursor), [userId]);
}

/** A cursor's fields are those it is bound to, and then the entry. */
function placeOf(fields: readonly (string | number)[], boundTo: readonly (Id | number)[]): Place {
  const id = fields[boundTo.length];
  const isBound = boundTo.every((field, index) => fields[index] === field);
  if (!isBound || fields.length !== boundTo.length + 1 || typeof id !== 'string' || !isId(id)) {
    throw new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
  }
  return { id };
}
