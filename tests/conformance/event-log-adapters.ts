import { randomUUID } from 'node:crypto';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { findServers } from '../support/servers.ts';
import { dropNamespace } from './event-log-kafka-namespace.ts';
import { type EventLogAddress, openAt } from './event-log-open.ts';

/** An empty log somewhere, which several instances may open one after the other or beside each other. */
export type EventLogPlace = {
  address: EventLogAddress;
  open(): Promise<EventLog>;
  dispose(): Promise<void>;
};

export type EventLogAdapter = {
  name: string;
  isThere: boolean;
  /** True if a second instance gets nothing of a partition that a living member of the first still has in hand. */
  sharesGroupsBetweenInstances: boolean;
  prepare(): Promise<EventLogPlace>;
};

const servers = await findServers('kafka');

export const eventLogAdapters: readonly EventLogAdapter[] = [
  { name: 'Postgres (embedded)', isThere: true, sharesGroupsBetweenInstances: false, prepare: prepareEmbedded },
  {
    name: 'Kafka',
    isThere: servers !== null,
    sharesGroupsBetweenInstances: true,
    prepare: () => prepareKafka(servers?.kafka.brokers ?? []),
  },
];

async function prepareEmbedded(): Promise<EventLogPlace> {
  const database = await createTestDatabase();
  return placeAt({ postgresUrl: database.url }, database.drop);
}

async function prepareKafka(brokers: readonly string[]): Promise<EventLogPlace> {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  return placeAt({ brokers, namespace }, () => dropNamespace(brokers, namespace));
}

function placeAt(address: EventLogAddress, drop: () => Promise<void>): EventLogPlace {
  const opened: { close(): Promise<void> }[] = [];
  return {
    address,
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
