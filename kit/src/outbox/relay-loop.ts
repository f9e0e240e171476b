import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../event-log/port.ts';
import { pauseAfter } from '../resilience/backoff.ts';
import type { Bell } from './bell.ts';
import type { OutboxSource } from './port.ts';
import { deletePublished, publishBatch } from './publish-batch.ts';
import { type RelayLease, RelayLeaseLost, takeRelayLease } from './relay-lease.ts';

export type RelayFrame = {
  source: OutboxSource;
  log: Pick<EventLog, 'publish'>;
  logger: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  batchSize: number;
  pollMs: number;
  retentionMs: number;
  leaseMs: number;
  bell: Bell;
  /** Hears whether this relay is the one that works. */
  onWorking(isWorking: boolean): void;
  signal: AbortSignal;
};

const RETENTION_EVERY_MS = 60_000;
const BACKOFF = { first: 100, longest: 5_000 };

/** Waits for the lease and works under it, over and over, until the signal. */
export async function runRelay(frame: RelayFrame): Promise<void> {
  const { source, logger, leaseMs, bell, signal } = frame;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const lease = await takeRelayLease(source.pool, { leaseMs, signal, onAnnounced: () => bell.ring() });
      if (lease === null) return;
      failures = 0;
      await workUnder(lease, frame);
    } catch (error) {
      if (isOver(signal)) return;
      if (failures === 0)
        logger.warn({ err: error, outbox: source.name }, 'The outbox relay is interrupted; trying again');
      await pause(pauseAfter(failures, BACKOFF), signal);
      failures += 1;
    }
  }
}

async function workUnder(lease: RelayLease, frame: RelayFrame): Promise<void> {
  const { source, bell, batchSize, pollMs, retentionMs, signal, onWorking } = frame;
  const unlisten = source.onCommit(() => bell.ring());
  let nextRetention = 0;
  try {
    onWorking(true);
    while (!signal.aborted) {
      bell.reset();
      const published = await publishPatiently(lease, frame);
      const isDue = performance.now() >= nextRetention;
      const hasMore = isDue && (await deletePublished(lease.connection, retentionMs));
      if (isDue && !hasMore) nextRetention = performance.now() + RETENTION_EVERY_MS;
      if (published < batchSize && !hasMore && !isOver(signal)) await bell.rung(pollMs);
    }
  } finally {
    onWorking(false);
    unlisten();
    await lease.release();
  }
}

/** A log that is away costs neither the lease nor the rows. */
async function publishPatiently(lease: RelayLease, frame: RelayFrame): Promise<number> {
  const { source, log, logger, batchSize, signal } = frame;
  for (let failures = 0; ; failures += 1) {
    try {
      const published = await publishBatch(lease, log, batchSize);
      if (failures > 0) logger.info({ outbox: source.name }, 'The outbox relay goes on');
      return published;
    } catch (error) {
      if (lease.isLost() || error instanceof RelayLeaseLost || signal.aborted) throw error;
      if (failures === 0)
        logger.warn({ err: error, outbox: source.name }, 'The outbox cannot be published; trying again');
      await pause(pauseAfter(failures, BACKOFF), signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}

/** A function, for the signal changes while we wait. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
