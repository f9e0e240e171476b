import { StarlingError } from '../errors.ts';

type Options = ErrorOptions & {
  /** False only where nothing of the call can have arrived. */
  wasSent: boolean;
};

/** Another process cannot be reached, or says that it cannot work now. */
export class PeerAway extends StarlingError {
  readonly wasSent: boolean;

  constructor(peer: string, { wasSent, ...options }: Options) {
    super('UNAVAILABLE', `${peer} is away for the moment; try again`, {}, options);
    this.wasSent = wasSent;
  }
}

const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** True if there never was a connection, so that nothing can have been sent. */
export function isConnectFailure(error: unknown): boolean {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return CONNECT_CODES.has(code);
  // Every address of a name was tried.
  return Array.isArray(errors) && errors.length > 0 && errors.every(isConnectFailure);
}
