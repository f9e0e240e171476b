import { setTimeout as delay } from 'node:timers/promises';
import { type Delivery, PartitionLost, deliver, whileAway } from '../deliver.ts';
import { keyOf } from '../place.ts';
import type { LogRecord, NewRecord, SubscribeOptions } from '../port.ts';

/** What a group needs of the log that it reads. */
export type GroupLog = {
  positions(topics: readonly string[]): Promise<{ topic: string; partition: number; committed: bigint; end: bigint }[]>;
  read(options: { topic: string; partition: number; fromOffset: bigint; limit: number }): Promise<LogRecord[]>;
  publish(records: readonly NewRecord[]): Promise<unknown>;
  /** False if the group is not at `from`. */
  commit(move: { topic: string; partition: number; from: bigint; to: bigint }): Promise<boolean>;
};

export type Partition = {
  topic: string;
  partition: number;
  next: bigint;
  end: bigint;
  isBusy: boolean;
  servedAt: number;
  /** What `next` was when less was found to be committed; null if it was not at the last look. */
  missedAt: bigint | null;
};

export type Member = {
  options: Required<SubscribeOptions>;
  running: Set<Promise<void>>;
  /** Partitions in hand, without those that are paused. */
  active: number;
  stopping: AbortController;
};

/** Hands one batch to the member. `onSlotFree` is called when the partition pauses: others may go on meanwhile. */
export async function servePartition(
  partition: Partition,
  member: Member,
  log: GroupLog,
  onSlotFree: () => void,
): Promise<void> {
  const delivery = deliveryFor(partition, member, log, onSlotFree);
  const { topic, partition: number, next, end } = partition;
  try {
    const read = { topic, partition: number, fromOffset: next, limit: member.options.maxBatch };
    const batch = await whileAway(
      delivery,
      () => true,
      () => log.read(read),
    );
    // Below `end` everything is visible, so what is not there has been pruned.
    if (batch.length === 0) await delivery.commit(end);
    else await deliver(batch, delivery);
  } catch {
    if (!member.stopping.signal.aborted) await reload(partition, log);
  }
}

function deliveryFor(partition: Partition, member: Member, log: GroupLog, onSlotFree: () => void): Delivery {
  const { topic, partition: number } = partition;
  const { group, handle, maxTries, onIncident } = member.options;
  return {
    ...{ group, topic, partition: number, handle, maxTries, onIncident },
    publish: (records) => log.publish(records),
    async commit(to) {
      if (to <= partition.next) return;
      const isOurs = await log.commit({ topic, partition: number, from: partition.next, to });
      if (!isOurs) throw new PartitionLost(keyOf(partition));
      partition.next = to;
    },
    async sleep(ms) {
      member.active -= 1;
      onSlotFree();
      await delay(ms, undefined, { signal: member.stopping.signal }).finally(() => (member.active += 1));
    },
  };
}

/** Somebody else has moved the group: go on from there. */
async function reload(partition: Partition, log: GroupLog): Promise<void> {
  const positions = await log.positions([partition.topic]).catch(() => []);
  const present = positions.find((one) => one.partition === partition.partition);
  if (present !== undefined) partition.next = present.committed;
}
