import { StarlingError } from '../errors.ts';

/** Socket errors of Node, SQLSTATEs of Postgres and codes of Prisma that say: the server is away, try again later. */
const CODES = new Set([
  'UNAVAILABLE',
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENETUNREACH',
    'EHOSTUNREACH',
  ],
  // Admin shutdown, crash shutdown, cannot connect now, read only (a standby before its promotion).
  ...['57P01', '57P02', '57P03', '25006'],
  // Took too long: a statement, waiting for a lock, a transaction that did nothing, a transaction.
  ...['57014', '55P03', '25P03', '25P04'],
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037'],
]);
/** SQLSTATE classes: connection exception, insufficient resources (disk, memory, connections). */
const CLASSES = /^(08|53)[0-9A-Z]{3}$/;
/** What pg says without a code. */
const MESSAGES =
  /^(Connection terminated|Connection ended|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client was closed and is not queryable)/;

const MAX_DEPTH = 5;

/** What statements fail with whose server does not answer: pg's own words. */
export const SILENT = 'Query read timeout';

/** True if the error, or what caused it, is that a dependency cannot be reached: no fault of the work, which may be tried again. */
export function isUnavailable(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  const { code, originalCode, message, cause, errors } = error as Record<string, unknown>;
  return (
    saysAway(code) ||
    saysAway(originalCode) ||
    (typeof message === 'string' && MESSAGES.test(message)) ||
    isUnavailable(cause, depth + 1) ||
    (Array.isArray(errors) && errors.some((one) => isUnavailable(one, depth + 1)))
  );
}

/** True if the server has not answered at all: then there is no use in asking it more over the same connection. */
export function isSilent(error: unknown): boolean {
  return error instanceof Error && error.message === SILENT;
}

/** The error itself, or StarlingError UNAVAILABLE with it as cause. */
export function withUnavailableCode(error: unknown, what: string): unknown {
  if (error instanceof StarlingError || !isUnavailable(error)) return error;
  return new StarlingError('UNAVAILABLE', `${what} cannot be reached`, {}, { cause: error });
}

function saysAway(code: unknown): boolean {
  return typeof code === 'string' && (CODES.has(code) || CLASSES.test(code));
}
