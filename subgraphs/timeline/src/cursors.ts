import { isId, type Id } from '@starling/domain/ids.ts';
import { decodeCursor, encodeCursor } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';

export function homeCursor(entryId: Id): string {
  return encodeCursor('home', [entryId]);
}

/** The entry to go on after; null for none. Throws StarlingError BAD_CURSOR. */
export function parseHomeCursor(cursor: string | null | undefined): Id | null {
  return cursor === null || cursor === undefined ? null : entryOf(decodeCursor('home', cursor), []);
}

/** Bound to the person: it means nothing on another one's page. */
export function profileCursor(userId: Id, entryId: Id): string {
  return encodeCursor('profile', [userId, entryId]);
}

/** As `parseHomeCursor`; another person's cursor is a foreign one. */
export function parseProfileCursor(userId: Id, cursor: string | null | undefined): Id | null {
  return cursor === null || cursor === undefined ? null : entryOf(decodeCursor('profile', cursor), [userId]);
}

/** A cursor's fields are those it is bound to, and then the entry. */
function entryOf(fields: readonly (string | number)[], boundTo: readonly Id[]): Id {
  const entryId = fields[boundTo.length];
  const isBound = boundTo.every((field, index) => fields[index] === field);
  if (!isBound || fields.length !== boundTo.length + 1 || typeof entryId !== 'string' || !isId(entryId)) {
    throw new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
  }
  return entryId;
}
