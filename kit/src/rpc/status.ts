import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { StarlingError, type TransportCode } from '../errors.ts';
import { isTransportCode } from '../present-error.ts';

/** Trailing metadata with the error itself; the status beside it is for proxies, retries and dashboards. */
const ERROR_KEY = 'starling-error';
/** HTTP/2 peers bound their headers; details beyond this stay behind. */
const MAX_ERROR_LENGTH = 4_096;

const STATUS_OF: Readonly<Record<TransportCode, status>> = {
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  TOKEN_EXPIRED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  BAD_USER_INPUT: status.INVALID_ARGUMENT,
  BAD_CURSOR: status.INVALID_ARGUMENT,
  BAD_REQUEST: status.INVALID_ARGUMENT,
  GRAPHQL_PARSE_FAILED: status.INVALID_ARGUMENT,
  GRAPHQL_VALIDATION_FAILED: status.INVALID_ARGUMENT,
  RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  PAYLOAD_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  OPERATION_TOO_COMPLEX: status.RESOURCE_EXHAUSTED,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  UNAVAILABLE: status.UNAVAILABLE,
  INTERNAL: status.INTERNAL,
};

export function toStatus({ code, message, details }: StarlingError): StatusObject {
  const metadata = new Metadata();
  const whole = encode({ code, message, details });
  metadata.set(ERROR_KEY, whole.length <= MAX_ERROR_LENGTH ? whole : encode({ code, message: message.slice(0, 500) }));
  return { code: STATUS_OF[code], details: code, metadata };
}

/** What the service threw, or what the transport's own status means. Null for a status that nobody foresaw. */
export function fromStatus(error: ServiceError): StarlingError | null {
  const carried = error.metadata?.get(ERROR_KEY)[0];
  if (typeof carried === 'string') return decode(carried, error);
  switch (error.code) {
    case status.DEADLINE_EXCEEDED:
      return new StarlingError('DEADLINE_EXCEEDED', 'The deadline has passed', {}, { cause: error });
    case status.CANCELLED:
      return new StarlingError('DEADLINE_EXCEEDED', 'The caller has gone', {}, { cause: error });
    case status.UNAVAILABLE:
      return new StarlingError('UNAVAILABLE', 'The service is away', {}, { cause: error });
    default:
      return null;
  }
}

function encode(error: object): string {
  return Buffer.from(JSON.stringify(error)).toString('base64url');
}

function decode(text: string, cause: unknown): StarlingError | null {
  try {
    const { code, message, details } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isTransportCode(code) ? new StarlingError(code, String(message), details, { cause }) : null;
  } catch {
    return null;
  }
}
