import { Kafka, type KafkaConfig } from 'kafkajs';
import type { Logger } from '../../logger.ts';
import { kafkaLogging } from './kafka-logging.ts';

export type KafkaServers = {
  /** `host:port` of some of the brokers; they name the others. */
  brokers: readonly string[];
  username?: string | undefined;
  password?: string | undefined;
  /** How the password is told. Default SCRAM-SHA-512, which never sends it. */
  mechanism?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined;
  ssl?: boolean | undefined;
  clientId: string;
};

/**
 * A new instance for everybody who asks: in one instance, members of one group would take each other's offsets for their own. Each
 * begins with another of the brokers, for kafkajs stays with the first that takes its connection, even if that never answers.
 */
export type NewKafka = () => Kafka;

/** How old its idea may be of who leads a partition: a leader that hangs is not seen by its errors. */
export const METADATA_MAX_AGE_MS = 5_000;

/** For a connection and its greetings: then another broker is worth a try. */
export const CONNECT_WITHIN_MS = 6_000;

const CONNECTION_TIMEOUT_MS = 3000;
/** For a broker that is connected and does not answer. */
const REQUEST_TIMEOUT_MS = 8_000;
/** Of a step inside kafkajs. What is worth more patience tries again around it, with a fresh choice of broker. */
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 };

export function kafkaClients(servers: KafkaServers, logger: Logger): NewKafka {
  const config: KafkaConfig = {
    clientId: servers.clientId,
    brokers: [],
    ssl: servers.ssl ?? false,
    ...signIn(servers),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    ...kafkaLogging(logger),
  };
  let first = 0;
  return () => {
    const brokers = [...servers.brokers.slice(first), ...servers.brokers.slice(0, first)];
    first = (first + 1) % servers.brokers.length;
    return new Kafka({ ...config, brokers });
  };
}

function signIn({
  username,
  password,
  mechanism = 'scram-sha-512',
}: KafkaServers): Required<Pick<KafkaConfig, 'sasl'>> | object {
  if (username === undefined || username === '') return {};
  return { sasl: { mechanism, username, password: password ?? '' } };
}
