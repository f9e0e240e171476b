import { GraphQLError } from 'graphql';

/**
 * The closed list of transport codes: what stands in `extensions.code` of a top-level error, and crosses between services.
 * What is wrong inside an input is no error of this kind but a `userErrors` entry.
 */
export const TRANSPORT_CODES = [
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'BAD_CURSOR',
  'RATE_LIMITED',
  'PAYLOAD_TOO_LARGE',
  'OPERATION_TOO_COMPLEX',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'DEADLINE_EXCEEDED',
  'UNAVAILABLE',
  'INTERNAL',
] as const;
export type TransportCode = (typeof TRANSPORT_CODES)[number];

/** An error that may be told to the caller as it stands. Everything else is masked as INTERNAL at the edge. */
export class StarlingError extends Error {
  readonly code: TransportCode;
  /** Extra facts for the client, such as `retryAfterMs`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: TransportCode, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StarlingError';
    this.code = code;
    this.details = details;
  }
}

/** As a GraphQL error with `extensions.code`. */
export function toGraphQLError(error: StarlingError): GraphQLError {
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { ...error.details, code: error.code },
  });
}
