import { KafkaJSError, KafkaJSProtocolError } from './kafka-library.ts';
import { StarlingError } from '../../errors.ts';

/** Not marked as worth a retry by kafkajs, although all they say is that no server answered. */
const AWAY = new Set([
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
  'KafkaJSTimeout',
]);
/** What kafkajs says, with no type of its own, of a broker that it has just given up. */
const NOT_CONNECTED = 'Broker not connected';
/** Another member has the partitions now, or will have. */
const FENCED = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID']);
/** The server has another idea of what this producer has sent so far. */
const PRODUCER_STATE = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
]);
const MAX_DEPTH = 5;

/** True if trying again later may help: a server is away, or busy with itself. */
export function isServerAway(error: unknown): boolean {
  if (error instanceof StarlingError) return error.code === 'UNAVAILABLE';
  return causesOf(error).some(
    (one) => (one instanceof KafkaJSError && (one.retriable || AWAY.has(one.name))) || one.message === NOT_CONNECTED,
  );
}

export function isFenced(error: unknown): boolean {
  return typeOf(error, FENCED);
}

export function isProducerState(error: unknown): boolean {
  return typeOf(error, PRODUCER_STATE);
}

export function isUnknownTopic(error: unknown): boolean {
  return typeOf(error, new Set(['UNKNOWN_TOPIC_OR_PARTITION']));
}

export function isTooLarge(error: unknown): boolean {
  return typeOf(error, new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']));
}

/** In our words: StarlingError UNAVAILABLE if Kafka is away, a plain Error with what it said if it refuses. */
export function toLogError(error: unknown, what: string): Error {
  if (error instanceof StarlingError) return error;
  if (isServerAway(error))
    return new StarlingError('UNAVAILABLE', `Kafka cannot ${what} now: ${reasonOf(error)}`, {}, { cause: error });
  const isPassword = causesOf(error).some(({ name }) => name === 'KafkaJSSASLAuthenticationError');
  if (isPassword) return new Error(`Kafka refuses the user name or password: ${reasonOf(error)}`, { cause: error });
  return new Error(`Kafka does not ${what}: ${reasonOf(error)}`, { cause: error });
}

function typeOf(error: unknown, types: ReadonlySet<string>): boolean {
  return causesOf(error).some((one) => one instanceof KafkaJSProtocolError && types.has(one.type));
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let one = error; one instanceof Error && causes.length < MAX_DEPTH; one = one.cause) {
    causes.push(one);
    if ('errors' in one && Array.isArray(one.errors)) {
      causes.push(...one.errors.filter((inner): inner is Error => inner instanceof Error));
    }
  }
  return causes;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
