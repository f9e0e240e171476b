import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import { StarlingError, TRANSPORT_CODES, type TransportCode } from './errors.ts';
import type { ErrorLog } from './logger.ts';
import { isUnavailable } from './postgres/unavailable.ts';

export type ErrorFrame = { requestId: string; logger: ErrorLog };

/**
 * An error as a client may see it, at every GraphQL edge. StarlingErrors and errors that already carry a code of the
 * closed list pass; what the client's document or variables caused is told; a dependency that is away is told as UNAVAILABLE;
 * anything else is logged and masked.
 */
export function presentError(error: unknown, { requestId, logger }: ErrorFrame): GraphQLFormattedError {
  const located = error instanceof GraphQLError ? error : null;
  const place = located ? { locations: located.locations, path: located.path } : {};
  const chain = chainOf(error);
  const cause = chain.at(-1);

  if (cause instanceof StarlingError) {
    return { ...place, message: cause.message, extensions: { ...cause.details, code: cause.code } };
  }
  const coded = chain.findLast(hasTransportCode);
  if (coded) return { ...place, message: coded.message, extensions: coded.extensions };
  const complaint = chain.find(isAboutRequest);
  if (complaint) return { ...place, message: complaint.message, extensions: { code: 'BAD_USER_INPUT' } };
  const { message, code, details } = maskUnexpected(cause, { requestId, logger });
  return { ...place, message, extensions: { ...details, code } };
}

/** The masked form of an error nobody foresaw, or of an outage; it is logged here, where it is known. */
export function maskUnexpected(error: unknown, { requestId, logger }: ErrorFrame): StarlingError {
  if (error instanceof StarlingError) return error;
  if (isUnavailable(error)) {
    logger.error({ error, requestId }, 'A dependency is away');
    return new StarlingError('UNAVAILABLE', 'This part of the service is away for the moment; try again', {
      requestId,
    });
  }
  logger.error({ error, requestId }, 'Unexpected error');
  return new StarlingError('INTERNAL', INTERNAL_MESSAGE, { requestId });
}

export function isTransportCode(code: unknown): code is TransportCode {
  return TRANSPORT_CODES.includes(code as TransportCode);
}

/** What an error wraps may be anything: a subgraph's answer, or an error of a library that says no more than its wrapper. */
function hasTransportCode(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && isTransportCode(error.extensions.code);
}

const INTERNAL_MESSAGE = 'Internal error';

/** graphql-js wraps what was thrown in what says where, more than once through delegation; the innermost comes last. */
function chainOf(error: unknown): unknown[] {
  const chain = [error];
  for (let link = error; link instanceof GraphQLError && link.originalError;) chain.push((link = link.originalError));
  return chain;
}

/**
 * graphql-js' own complaints about variables and arguments point at these nodes. Its complaints about what our
 * resolvers returned point at fields or at nothing, and may quote internal values.
 */
function isAboutRequest(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError) || !error.nodes?.length) return false;
  return error.nodes.every((node) => node.kind !== Kind.FIELD);
}
