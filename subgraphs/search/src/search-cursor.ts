import { isId } from '@starling/domain/ids.ts';
import { decodeCursor, encodeCursor } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { SortKey } from '@starling/kit/search-index/port.ts';

/** Bound to the search it was made by: `search` is a digest of query and order. */
export function searchCursor(kind: string, search: string, { score, id }: SortKey): string {
  return encodeCursor(kind, [search, score, id]);
}

/** Null for the beginning. Throws StarlingError BAD_CURSOR for one of another search. */
export function parseSearchCursor(kind: string, search: string, cursor: string | null | undefined): SortKey | null {
  if (cursor === null || cursor === undefined) return null;
  const [of, score, id, ...rest] = decodeCursor(kind, cursor);
  if (of !== search || typeof score !== 'number' || typeof id !== 'string' || !isId(id) || rest.length > 0) {
    throw new StarlingError('BAD_CURSOR', 'The cursor does not belong to this search');
  }
  return { score, id };
}
