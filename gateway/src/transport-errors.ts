import type { ErrorRequestHandler, Request, Response } from 'express';
import type { TransportCode } from '@starling/kit/errors.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { maskUnexpected } from '@starling/kit/present-error.ts';

/** Nothing lives at this path. */
export function presentNotFound(_request: Request, response: Response): void {
  answer(response, 404, { code: 'BAD_REQUEST', message: 'There is nothing at this address.' });
}

/** What fails before GraphQL is reached (body too large, not JSON), in GraphQL's form as well. */
export function presentTransportError(logger: ErrorLog): ErrorRequestHandler {
  return (error: { status?: number; type?: string }, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error.type === 'entity.too.large') {
      answer(response, 413, { code: 'PAYLOAD_TOO_LARGE', message: 'The request body is too large.' });
      return;
    }
    if (error.status !== undefined && error.status < 500) {
      answer(response, error.status, { code: 'BAD_REQUEST', message: 'The request could not be read.' });
      return;
    }
    const requestId = String(response.locals['requestId']);
    const { code, message } = maskUnexpected(error, { requestId, logger });
    answer(response, code === 'INTERNAL' ? 500 : 503, { code, message });
  };
}

function answer(response: Response, status: number, { code, message }: { code: TransportCode; message: string }): void {
  response.status(status).json({ errors: [{ message, extensions: { code } }] });
}
