import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../event-log/port.ts';
import { isEmpty } from './backlog.ts';
import { createBell } from './bell.ts';
import type { OutboxSource } from './port.ts';
import { type RelayFrame, runRelay } from './relay-loop.ts';

export type RelayOptions = {
  source: OutboxSource;
  log: Pick<EventLog, 'publish'>;
  logger: RelayFrame['logger'];
  /** Rows published and marked together, at most. Default 500. */
  batchSize?: number;
  /** How often to look without being woken. Default 1000. */
  pollMs?: number;
  /** How long the relay that works may be silent before another one takes its place. Default 10 s. */
  leaseMs?: number;
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
  /** True while it is the one of its database that works. */
  isWorking(): boolean;
};

const DAY_MS = 24 * 60 * 60 * 1000;
const DRAIN_POLL_MS = 5;

/**
 * Publishes a database's outbox to the log, in order of `seq`, and marks each row after the acknowledgement: a crash in
 * between publishes it again. It asks for *unpublished* rows, so one that commits late is never skipped. One relay at a time
 * works per database, over a connection of its own; another takes over at once when that connection ends, and after
 * `leaseMs` when its process is paused. What a paused process had handed to the log's client may still arrive after what its
 * successor has published: readers drop it by its revision.
 */
export function createRelay(options: RelayOptions): Relay {
  const { source, log, logger, batchSize = 500, pollMs = 1000, retentionMs = DAY_MS, leaseMs = 10_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const bell = createBell();
  let running: Promise<void> | null = null;
  let isWorking = false;
  const onWorking = (works: boolean) => void (isWorking = works);

  return {
    start() {
      running ??= runRelay({ source, log, logger, batchSize, pollMs, retentionMs, leaseMs, bell, onWorking, signal });
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
    isIdle: () => isEmpty(source.pool),
    async drain() {
      while (!(await isEmpty(source.pool))) {
        if (signal.aborted) throw new Error(`The outbox relay of ${source.name} was stopped before it had drained`);
        bell.ring();
        await delay(DRAIN_POLL_MS);
      }
    },
    isAlive: () => running !== null && !signal.aborted,
    isWorking: () => isWorking,
  };
}
