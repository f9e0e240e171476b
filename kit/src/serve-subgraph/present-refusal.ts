import type { ErrorRequestHandler } from 'express';
import { StarlingError, type TransportCode } from '../errors.ts';
import type { ErrorLog } from '../logger.ts';
import { maskUnexpected } from '../present-error.ts';

/** For proxies and dashboards; the code in the body is what counts. */
const STATUS_OF: Partial<Record<TransportCode, number>> = {
  UNAUTHENTICATED: 401,
  BAD_REQUEST: 400,
  PAYLOAD_TOO_LARGE: 413,
  UNAVAILABLE: 503,
};

/** What was not run, told in GraphQL's form, so that whoever asked reads one form only. */
export function presentRefusal(logger: ErrorLog): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { code, message } = maskUnexpected(asRefusal(error), { requestId: 'unknown', logger });
    response.status(STATUS_OF[code] ?? 500).json({ errors: [{ message, extensions: { code } }] });
  };
}

/** What the body's reader says, in our words. */
function asRefusal(error: unknown): unknown {
  const { type, status = 500 } = error as { type?: string; status?: number };
  if (type === 'entity.too.large') return new StarlingError('PAYLOAD_TOO_LARGE', 'The request body is too large.');
  return status < 500 ? new StarlingError('BAD_REQUEST', 'The request could not be read.') : error;
}
