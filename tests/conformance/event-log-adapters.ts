import { createEmbeddedEventLog } from '@starling/kit/event-log/embedded.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';

/** An empty log somewhere, which several instances may open one after the other or beside each other. */
export type EventLogPlace = {
  open(): Promise<EventLog>;
  /** True if a second instance gets nothing of a partition that a living member of the first still has in hand. */
  sharesGroupsBetweenInstances: boolean;
  dispose(): Promise<void>;
};

export const eventLogAdapters: { name: string; prepare(): Promise<EventLogPlace> }[] = [
  { name: 'Postgres (embedded)', prepare: prepareEmbedded },
];

async function prepareEmbedded(): Promise<EventLogPlace> {
  const database = await createTestDatabase();
  const opened: EventLog[] = [];
  return {
    sharesGroupsBetweenInstances: false,
    async open() {
      const log = await createEmbeddedEventLog({ pool: database.pool, pollMs: 50 });
      opened.push(log);
      return log;
    },
    async dispose() {
      await Promise.all(opened.map((log) => log.close()));
      await database.drop();
    },
  };
}
