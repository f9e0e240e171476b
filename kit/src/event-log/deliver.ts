import { StarlingError } from '../errors.ts';
import { isUnavailable } from '../postgres/unavailable.ts';
import { pauseAfter } from '../resilience/backoff.ts';
import { toDeadLetter } from './dead-letter.ts';
import { isErased } from './erased-record.ts';
import type { Incident, LogRecord, NewRecord } from './port.ts';

/** What delivery needs of its consumer and of the log's adapter. */
export type Delivery = {
  group: string;
  topic: string;
  partition: number;
  handle(batch: readonly LogRecord[]): Promise<void>;
  maxTries: number;
  /** Everything below `nextOffset` is handled. */
  commit(nextOffset: bigint): Promise<void>;
  publish(records: readonly NewRecord[]): Promise<unknown>;
  onIncident(incident: Incident): void;
  /** Waits between tries. Rejects at once when the consumer stops. */
  sleep(ms: number): Promise<void>;
};

/** Between tries, of a handler as of a commit. */
export const TRY_AGAIN = { first: 50, longest: 10_000 };

/**
 * Hands records of one partition to their consumer with the port's promises, whatever the adapter. Resolves when the whole batch
 * is handled or dead, and committed. Rejects only when `sleep` does, or the commit says that the partition is another's.
 */
export async function deliver(batch: readonly LogRecord[], delivery: Delivery): Promise<void> {
  const live = batch.filter((record) => !isErased(record));
  if (live.length === 0) return commitAfter(batch, delivery);
  try {
    await whileAway(delivery, isUnavailable, () => delivery.handle(live));
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    await deliverOneByOne(live, error, delivery);
  }
  await commitAfter(batch, delivery);
}

/** The wait between tries was cut short: the consumer stops. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

/** A partition that has another owner now; a commit callback throws it. */
export class PartitionLost extends Error {
  override name = 'PartitionLost';
}

/** Runs `work` until it ends otherwise than by a dependency that is away. */
export async function whileAway<Result>(
  { topic, partition, onIncident, sleep }: Pick<Delivery, 'topic' | 'partition' | 'onIncident' | 'sleep'>,
  isAway: (error: unknown) => boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  let pauses = 0;
  try {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isAway(error)) throw error;
        pauses += 1;
        if (pauses === 1) onIncident({ kind: 'paused', topic, partition, error });
      }
      await interruptible(sleep(pauseAfter(pauses - 1, TRY_AGAIN)));
    }
  } finally {
    // Also where the consumer stops: then it is somebody else who waits.
    if (pauses > 0) onIncident({ kind: 'resumed', topic, partition });
  }
}

/** A batch says nothing about which record is bad, so each is tried alone; a batch of one has had its first try. */
async function deliverOneByOne(records: readonly LogRecord[], batchError: unknown, delivery: Delivery): Promise<void> {
  for (const record of records) {
    const isFirstTryOver = records.length === 1;
    await deliverOne(record, isFirstTryOver ? { tries: 1, error: batchError } : { tries: 0, error: null }, delivery);
    await commitAfter([record], delivery);
  }
}

async function deliverOne(
  record: LogRecord,
  past: { tries: number; error: unknown },
  delivery: Delivery,
): Promise<void> {
  const { topic, partition, maxTries, onIncident } = delivery;
  let { tries, error } = past;
  for (; tries < maxTries; tries += 1) {
    if (tries > 0) {
      onIncident({ kind: 'retried', topic, partition, offset: record.offset, error });
      await interruptible(delivery.sleep(pauseAfter(tries - 1, TRY_AGAIN)));
    }
    try {
      await whileAway(delivery, isAwayOrSlow, () => delivery.handle([record]));
      return;
    } catch (failure) {
      if (failure instanceof Interrupted) throw failure;
      error = failure;
    }
  }
  const letter = toDeadLetter(record, { group: delivery.group, tries, error });
  await whileAway(delivery, isAnything, () => delivery.publish([letter]));
  onIncident({ kind: 'dead', topic, partition, offset: record.offset, error });
}

async function commitAfter(batch: readonly LogRecord[], delivery: Delivery): Promise<void> {
  const last = batch.at(-1);
  if (last === undefined) return;
  await whileAway(
    delivery,
    (error) => !(error instanceof PartitionLost),
    () => delivery.commit(last.offset + 1n),
  );
}

/** What takes too long for one record waits for somebody who does not answer; a whole batch may just have been too much. */
function isAwayOrSlow(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof StarlingError && error.code === 'DEADLINE_EXCEEDED');
}

function isAnything(): boolean {
  return true;
}

async function interruptible(sleep: Promise<void>): Promise<void> {
  try {
    await sleep;
  } catch (cause) {
    throw new Interrupted('The consumer stops', { cause });
  }
}
