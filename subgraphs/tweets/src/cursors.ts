import { isId, type Id } from '@starling/domain/ids.ts';
import { decodeCursor } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Place, Retweeter } from './store/read-pages.ts';

type Cursor = string | null | undefined;
export type PageArgs = { first: number; after?: Cursor };

/**
 * Each gives null for no cursor, the beginning. A cursor may be forged or empty: each throws BAD_CURSOR for what its list
 * could not have given.
 */
export function idFrom(kind: string, cursor: Cursor): Id | null {
  if (cursor === null || cursor === undefined) return null;
  const [id] = decodeCursor(kind, cursor);
  if (isIdField(id)) return id;
  throw foreign();
}

/** A place in a list that is ordered by time and then id. */
export function placeFrom(kind: string, cursor: Cursor): Place | null {
  if (cursor === null || cursor === undefined) return null;
  const [atMs, id] = decodeCursor(kind, cursor);
  if (typeof atMs === 'number' && isMoment(atMs) && isIdField(id)) return { atMs, id };
  throw foreign();
}

export function retweeterFrom(cursor: Cursor): Retweeter | null {
  if (cursor === null || cursor === undefined) return null;
  const [id, userId] = decodeCursor('retweetedBy', cursor);
  if (isIdField(id) && isIdField(userId)) return { id, userId };
  throw foreign();
}

function isIdField(field: string | number | undefined): field is Id {
  return typeof field === 'string' && isId(field);
}

const YEAR_9999_MS = Date.UTC(9999, 0, 1);

/** One that Postgres can take. */
function isMoment(atMs: number): boolean {
  return Number.isInteger(atMs) && atMs >= 0 && atMs < YEAR_9999_MS;
}

function foreign(): StarlingError {
  return new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
}
