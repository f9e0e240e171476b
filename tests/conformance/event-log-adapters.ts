import { randomUUID } from 'node:crypto';
import { createEmbeddedEventLog } from '@starling/kit/event-log/embedded.ts';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createPool } from '@starling/kit/postgres/pool.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { findServers } from '../support/servers.ts';
import { dropNamespace } from './event-log-kafka-namespace.ts';

/** What another process needs to know to open the same log. */
export type EventLogAddress = { postgresUrl: string } | { brokers: readonly string[]; namespace: string };

/** An empty log somewhere, which several instances may open one after the other or beside each other. */
export type EventLogPlace = {
  address: EventLogAddress;
  open(): Promise<EventLog>;
  /** True if a second instance gets nothing of a partition that a living member of the first still has in hand. */
  sharesGroupsBetweenInstances: boolean;
  dispose(): Promise<void>;
};

export type EventLogAdapter = { name: string; isThere: boolean; prepare(): Promise<EventLogPlace> };

const servers = await findServers('kafka');

export const eventLogAdapters: readonly EventLogAdapter[] = [
  { name: 'Postgres (embedded)', isThere: true, prepare: prepareEmbedded },
  { name: 'Kafka', isThere: servers !== null, prepare: () => prepareKafka(servers?.kafka.brokers ?? []) },
];

/** Shorter than servers need, so that a test waits for no member that is gone. */
export const SESSION_MS = 6_000;

/** Resolves with a log and a way to close it with all that it needed. */
export async function openAt(address: EventLogAddress): Promise<{ log: EventLog; close(): Promise<void> }> {
  if ('brokers' in address) {
    const log = await createKafkaEventLog({
      ...address,
      clientId: 'conformance',
      timing: { session: SESSION_MS, heartbeat: 200, fetchWait: 100 },
      logger: createLogger({ name: 'test', level: process.env.LOG_LEVEL ?? 'silent' }),
    });
    return { log, close: () => log.close() };
  }
  const pool = createPool({ url: address.postgresUrl, name: 'log' });
  const log = await createEmbeddedEventLog({ pool, pollMs: 50 });
  return { log, close: () => log.close().then(() => pool.end()) };
}

async function prepareEmbedded(): Promise<EventLogPlace> {
  const database = await createTestDatabase();
  return placeAt({ postgresUrl: database.url }, false, database.drop);
}

async function prepareKafka(brokers: readonly string[]): Promise<EventLogPlace> {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  return placeAt({ brokers, namespace }, true, () => dropNamespace(brokers, namespace));
}

function placeAt(
  address: EventLogAddress,
  sharesGroupsBetweenInstances: boolean,
  drop: () => Promise<void>,
): EventLogPlace {
  const opened: { close(): Promise<void> }[] = [];
  return {
    address,
    sharesGroupsBetweenInstances,
    async open() {
      const one = await openAt(address);
      opened.push(one);
      return one.log;
    },
    async dispose() {
      await Promise.all(opened.map(({ close }) => close()));
      await drop();
    },
  };
}
