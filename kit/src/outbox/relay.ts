import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../event-log/port.ts';
import { type RelayLease, takeRelayLease } from './relay-lease.ts';
import type { OutboxSource } from './port.ts';
import { countUnpublished, deletePublished, publishBatch } from './publish-batch.ts';

export type RelayOptions = {
  source: OutboxSource;
  log: Pick<EventLog, 'publish'>;
  logger: RelayLogger;
  /** Rows published and marked together, at most. Default 500. */
  batchSize?: number;
  /** How often to look without being woken, and to ask for a lease that another process holds. Default 1000. */
  pollMs?: number;
  /** How long published rows stay. Default 24 h. */
  retentionMs?: number;
};

type RelayLogger = { info(facts: object, message: string): void; warn(facts: object, message: string): void };

export type Relay = {
  start(): void;
  /** Ends after the batch under way, and gives the lease back. */
  stop(): Promise<void>;
  /** True if nothing waits to be published. */
  isIdle(): Promise<boolean>;
  /** Resolves once everything that was committed before the call is published. */
  drain(): Promise<void>;
  /** False once it has stopped. A relay without lease or log waits, and lives. */
  isAlive(): boolean;
};

const DAY_MS = 24 * 60 * 60 * 1000;
const RETENTION_EVERY_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/**
 * Publishes a database's outbox to the log, in order of `seq`, and marks each row after the acknowledgement: a crash in
 * between publishes it again. It asks for *unpublished* rows, so one that commits late is never skipped. One relay at a time
 * works per database; another process takes over when its connection ends.
 */
export function createRelay({ source, log, logger, batchSize = 500, pollMs = 1000, retentionMs = DAY_MS }: RelayOptions): Relay {
  const stopping = new AbortController();
  const bell = createBell();
  let running: Promise<void> | null = null;
  let unlisten = () => {};

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        const lease = await takeRelayLease(source.pool);
        failures = 0;
        if (lease !== null) await workUnder(lease);
        else await pause(pollMs);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (failures === 0) logger.warn({ err: error, outbox: source.name }, 'The outbox relay is interrupted; trying again');
        await pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.5 + Math.random() / 2));
        failures += 1;
      }
    }
  }

  async function workUnder(lease: RelayLease): Promise<void> {
    let nextRetention = 0;
    try {
      while (!stopping.signal.aborted) {
        bell.reset();
        const published = await publishPatiently(lease);
        if (performance.now() >= nextRetention) {
          await deletePublished(lease.client, retentionMs);
          nextRetention = performance.now() + RETENTION_EVERY_MS;
        }
        if (published < batchSize) await bell.rung(pollMs);
      }
    } finally {
      await lease.release();
    }
  }

  /** A log that is away costs neither the lease nor the rows. */
  async function publishPatiently(lease: RelayLease): Promise<number> {
    for (let failures = 0; ; failures += 1) {
      try {
        const published = await publishBatch(lease.client, log, batchSize);
        if (failures > 0) logger.info({ outbox: source.name }, 'The outbox relay goes on');
        return published;
      } catch (error) {
        if (lease.isLost() || stopping.signal.aborted) throw error;
        if (failures === 0) logger.warn({ err: error, outbox: source.name }, 'The outbox cannot be published; trying again');
        await pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)));
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stopping.signal }).catch(() => {});
  }

  return {
    start() {
      unlisten = source.onCommit(bell.ring);
      running ??= run();
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
        if (stopping.signal.aborted) throw new Error(`The outbox relay of ${source.name} was stopped before it had drained`);
        bell.ring();
        await delay(5);
      }
    },
    isAlive: () => running !== null && !stopping.signal.aborted,
  };
}

/** Remembers a ring that came before somebody waited. */
function createBell() {
  let isRung = false;
  let wake = () => {};
  return {
    ring() {
      isRung = true;
      wake();
    },
    reset() {
      isRung = false;
    },
    /** Resolves when the bell has rung since `reset`, or after the time. */
    async rung(ms: number): Promise<void> {
      if (isRung) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
