import { createEmbeddedEventLog } from '@starling/kit/event-log/embedded.ts';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createPool } from '@starling/kit/postgres/pool.ts';

/** What another process needs to know to open the same log. */
export type EventLogAddress = { postgresUrl: string } | { brokers: readonly string[]; namespace: string };

/** Shorter than servers need, so that a test does not wait long for a member that is gone. */
export const SESSION_MS = 6_000;

/** A log, and the way to close it with all that it needed. */
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
