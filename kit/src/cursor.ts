import { StarlingError } from './errors.ts';

/** What a cursor holds: strings and numbers, in an order its kind fixes. */
export type CursorFields = readonly (string | number)[];

const VERSION = 1;
const MAX_LENGTH = 2_048;
const CURSOR_PATTERN = /^[A-Za-z0-9_-]+$/;

/** Opaque to clients. `kind` names the connection, so that a cursor of another one is refused. */
export function encodeCursor(kind: string, fields: CursorFields): string {
  return Buffer.from(JSON.stringify([VERSION, kind, ...fields])).toString('base64url');
}

/** The fields that `encodeCursor` took. Throws StarlingError BAD_CURSOR for a foreign, changed or malformed cursor. */
export function decodeCursor(kind: string, cursor: string): (string | number)[] {
  const parts = parse(cursor);
  if (!Array.isArray(parts)) throw badCursor();
  const [version, actualKind, ...fields] = parts as unknown[];
  if (version !== VERSION || actualKind !== kind || !fields.every(isField)) throw badCursor();
  // Base64 and JSON admit several spellings; only the one we would write is ours.
  if (encodeCursor(kind, fields) !== cursor) throw badCursor();
  return fields;
}

/** A page size as asked for. Throws StarlingError BAD_USER_INPUT unless it is a whole number from 1 to `max`. */
export function checkFirst(first: number, { max = 100 }: { max?: number } = {}): number {
  if (!Number.isInteger(first) || first < 1 || first > max) {
    throw new StarlingError('BAD_USER_INPUT', `"first" must be from 1 to ${max}`, { argument: 'first' });
  }
  return first;
}

export type Page<Edge> = {
  edges: Edge[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: false;
    startCursor: string | null;
    endCursor: string | null;
  };
};

/**
 * A connection. `endCursor` stands for the last entry examined, which need not be on the page;
 * without it, the last edge's cursor is taken.
 */
export function page<Edge extends { cursor: string }>(
  edges: Edge[],
  { hasNextPage, endCursor = edges.at(-1)?.cursor ?? null }: { hasNextPage: boolean; endCursor?: string | null },
): Page<Edge> {
  const startCursor = edges[0]?.cursor ?? null;
  return { edges, pageInfo: { hasNextPage, hasPreviousPage: false, startCursor, endCursor } };
}

function parse(cursor: string): unknown {
  if (cursor.length > MAX_LENGTH || !CURSOR_PATTERN.test(cursor)) throw badCursor();
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw badCursor();
  }
}

function isField(value: unknown): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

function badCursor(): StarlingError {
  return new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
}
