import { StarlingError } from '../errors.ts';
import { isUnavailable } from '../postgres/unavailable.ts';

/** What ioredis says when it could not send or got no answer in time. */
const CLIENT_SAYS = [
  'Connection is closed',
  'Command timed out',
  "Stream isn't writeable",
  "Cluster isn't ready",
  'Cluster is ended',
  'Reached the max retries per request limit',
  'Too many Cluster redirections',
  'None of startup nodes is available',
  'Failed to refresh slots cache',
  'Socket timeout',
  'Command aborted due to connection close',
  'No subscriber for the cluster',
];
/** First words of Redis' own errors that pass with time, or with an operator: nothing is wrong with the command. */
const SERVER_SAYS =
  /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|NOREPLICAS|OOM|MISCONF|BUSY|TRYAGAIN|MOVED|ASK|UNBLOCKED|NOAUTH|WRONGPASS) /;

/** True if Redis cannot be reached or cannot serve now; the same command may succeed later. */
export function isRedisAway(error: unknown): boolean {
  if (isUnavailable(error)) return true;
  if (!(error instanceof Error)) return false;
  const { message } = error;
  return isServerBusy(error) || CLIENT_SAYS.some((start) => message.startsWith(start));
}

/** Of a script on Redis Cluster that touches what lies in several slots: one of them is no longer on the server that was asked. */
export function isSlotElsewhere(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Script attempted to access a non local key');
}

/** The error itself, or StarlingError UNAVAILABLE with it as cause. */
export function withRedisAway(error: unknown): unknown {
  if (error instanceof StarlingError || !isRedisAway(error)) return error;
  const message = isServerBusy(error) ? `Redis cannot serve now: ${error.message}` : 'Redis cannot be reached';
  return new StarlingError('UNAVAILABLE', message, {}, { cause: error });
}

/** As on a full disk (MISCONF): it answers, and says what is wrong with itself. */
function isServerBusy(error: unknown): error is Error {
  return error instanceof Error && SERVER_SAYS.test(error.message);
}
