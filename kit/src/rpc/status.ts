import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { StarlingError, type TransportCode } from '../errors.ts';
import { isTransportCode } from '../present-error.ts';
import { PeerAway } from '../resilience/peer-away.ts';

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

/** What statuses mean that the transport itself gives. */
const MEANING_OF: ReadonlyMap<status, readonly [TransportCode, string]> = new Map([
  [status.DEADLINE_EXCEEDED, ['DEADLINE_EXCEEDED', 'The deadline has passed']],
  [status.CANCELLED, ['DEADLINE_EXCEEDED', 'The caller has gone']],
]);

export function toStatus({ code, message, details }: StarlingError): StatusObject {
  const metadata = new Metadata();
  const whole = encode({ code, message, details });
  metadata.set(ERROR_KEY, whole.length <= MAX_ERROR_LENGTH ? whole : encode({ code, message: message.slice(0, 500) }));
  return { code: STATUS_OF[code], details: code, metadata };
}

/** What grpc-js says where no call has left. */
const UNSENT = /^(No connection established|Name resolution failed)/;

/** What the service (`peer`) threw, or what the transport's own status means. Null for a status that nobody foresaw. */
export function fromStatus(error: ServiceError, peer: string): StarlingError | null {
  const carried = error.metadata.get(ERROR_KEY)[0];
  if (typeof carried === 'string') return decode(carried, error);
  if (error.code === status.UNAVAILABLE)
    return new PeerAway(peer, { wasSent: !UNSENT.test(error.details), cause: error });
  const [code, message] = MEANING_OF.get(error.code) ?? [];
  return code && message ? new StarlingError(code, message, {}, { cause: error }) : null;
}

type Carried = { code?: unknown; message?: string; details?: Record<string, unknown> };

function encode(error: Carried): string {
  return Buffer.from(JSON.stringify(error)).toString('base64url');
}

function decode(text: string, cause: unknown): StarlingError | null {
  try {
    const { code, message = '', details } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Carried;
    return isTransportCode(code) ? new StarlingError(code, message, details, { cause }) : null;
  } catch {
    return null;
  }
}
