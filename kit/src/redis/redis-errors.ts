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

/** On the way, or from within a script. */
const ELSEWHERE = /^(MOVED|ASK) |Script attempted to access a non local key/;

/** True if Redis cannot be reached or cannot serve now; the same command may succeed later. */
export function isRedisAway(error: unknown): boolean {
  if (isUnavailable(error)) return true;
  if (!(error instanceof Error)) return false;
  const { message } = error;
  return isServerBusy(error) || CLIENT_SAYS.some((start) => message.startsWith(start));
}

/** What a script touches on Redis Cluster is not on the server that was asked, or not all of it; what the script did before it came to that is done. */
export class SlotElsewhere extends Error {
  override name = 'SlotElsewhere';
}

/** The error itself, or SlotElsewhere with it as cause, if a script was sent to one server of a cluster and nowhere else. */
export function withSlotElsewhere(error: unknown): unknown {
  if (!(error instanceof Error) || !ELSEWHERE.test(error.message)) return error;
  return new SlotElsewhere(`Not all is on this server: ${error.message}`, { cause: error });
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
