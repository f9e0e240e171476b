import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../event-log/port.ts';
import { createBell } from './bell.ts';
import type { OutboxSource } from './port.ts';
import { countUnpublished } from './publish-batch.ts';
import { type RelayFrame, runRelay } from './relay-loop.ts';

export type RelayOptions = {
  source: OutboxSource;
  log: Pick<EventLog, 'publish'>;
  logger: RelayFrame['logger'];
  /** Rows published and marked together, at most. Default 500. */
  batchSize?: number;
  /** How often to look without being woken, and to ask for a lease that another process holds. Default 1000. */
  pollMs?: number;
  /** How long published rows stay. Default 24 h. */
  retentionMs?: number;
};

export type Relay = {
  start(): void;
  /** Ends after the batch under way, and gives the lease back. */
  stop(): Promise<void>;
  /** True if nothing waits to be published. */
  isIdle(): Promise<boolean>;
  /** Resolves once everything that was committed before the call is published. */
  drain(): Promise<void>;
  /** False before the start and once it has stopped. A relay without lease or log waits, and lives. */
  isAlive(): boolean;
};

const DAY_MS = 24 * 60 * 60 * 1000;
const DRAIN_POLL_MS = 5;

/**
 * Publishes a database's outbox to the log, in order of `seq`, and marks each row after the acknowledgement: a crash in
 * between publishes it again. It asks for *unpublished* rows, so one that commits late is never skipped. One relay at a time
 * works per database, over one connection of its pool; another process takes over when that connection ends.
 */
export function createRelay(options: RelayOptions): Relay {
  const { source, log, logger, batchSize = 500, pollMs = 1000, retentionMs = DAY_MS } = options;
  const stopping = new AbortController();
  const bell = createBell();
  let running: Promise<void> | null = null;
  let unlisten = () => {};

  return {
    start() {
      if (running !== null) return;
      unlisten = source.onCommit(() => bell.ring());
      running = runRelay({ source, log, logger, batchSize, pollMs, retentionMs, bell, signal: stopping.signal });
    },
    async stop() {
      stopping.abort();
      unlisten();
      bell.ring();
      await running;
    },
    isIdle: async () => (await countUnpublished(source.pool)) === 0,
    async drain() {
      while ((await countUnpublished(source.pool)) > 0) {
        if (stopping.signal.aborted)
          throw new Error(`The outbox relay of ${source.name} was stopped before it had drained`);
        bell.ring();
        await delay(DRAIN_POLL_MS);
      }
    },
    isAlive: () => running !== null && !stopping.signal.aborted,
  };
}
