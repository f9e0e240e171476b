import { setTimeout as delay } from 'node:timers/promises';
import { type Delivery, PartitionLost, deliver, whileAway } from '../deliver.ts';
import type { LogRecord, NewRecord, SubscribeOptions, Subscription } from '../port.ts';

/** What a group needs of the log that it reads. */
export type GroupLog = {
  positions(topics: readonly string[]): Promise<{ topic: string; partition: number; committed: bigint; end: bigint }[]>;
  read(options: { topic: string; partition: number; fromOffset: bigint; limit: number }): Promise<LogRecord[]>;
  publish(records: readonly NewRecord[]): Promise<unknown>;
  /** False if the group is not at `from`. */
  commit(move: { topic: string; partition: number; from: bigint; to: bigint }): Promise<boolean>;
};

/** The members of one consumer group in this process. A partition is in the hands of one member at a time. */
export type Group = {
  join(options: SubscribeOptions): Promise<Subscription>;
  /** The partition has records below `end`. */
  advance(topic: string, partition: number, end: bigint): void;
  isEmpty(): boolean;
  /** The group's next offset; null for a partition that nobody here reads. */
  nextOffset(topic: string, partition: number): bigint | null;
};

type Partition = { topic: string; partition: number; next: bigint; end: bigint; isBusy: boolean; servedAt: number };
type Member = {
  options: Required<Omit<SubscribeOptions, 'group'>>;
  running: Set<Promise<void>>;
  /** Partitions in hand, without those that are paused. */
  active: number;
  stopping: AbortController;
};

export function createGroup(name: string, log: GroupLog): Group {
  const partitions = new Map<string, Partition>();
  const members = new Set<Member>();
  let turns = 0;

  function dispatch(): void {
    const ready = [...partitions.values()].filter(({ isBusy, next, end }) => !isBusy && next < end);
    for (const partition of ready.sort((a, b) => a.servedAt - b.servedAt)) {
      const member = pickMember(members, partition.topic);
      if (member !== undefined) start(partition, member);
    }
  }

  function start(partition: Partition, member: Member): void {
    partition.isBusy = true;
    partition.servedAt = turns += 1;
    member.active += 1;
    const work = serve(partition, member)
      .catch(() => reload(partition, member))
      .finally(() => {
        partition.isBusy = false;
        member.active -= 1;
        member.running.delete(work);
        dispatch();
      });
    member.running.add(work);
  }

  /** One batch; then the other partitions have their turn. */
  async function serve(partition: Partition, member: Member): Promise<void> {
    const delivery = deliveryFor(partition, member);
    const { end } = partition;
    const options = { topic: partition.topic, partition: partition.partition, fromOffset: partition.next, limit: member.options.maxBatch };
    const batch = await whileAway(delivery, () => true, () => log.read(options));
    // Below `end` everything is visible, so what is not there has been pruned.
    if (batch.length === 0) return delivery.commit(end);
    await deliver(batch, delivery);
  }

  function deliveryFor(partition: Partition, member: Member): Delivery {
    const { topic, partition: number } = partition;
    return {
      group: name,
      topic,
      partition: number,
      handle: member.options.handle,
      maxTries: member.options.maxTries,
      onIncident: member.options.onIncident,
      publish: (records) => log.publish(records),
      async commit(to) {
        if (to <= partition.next) return;
        if (!(await log.commit({ topic, partition: number, from: partition.next, to }))) throw new PartitionLost(`${topic}/${number}`);
        partition.next = to;
      },
      sleep: (ms) => sleepWithoutSlot(ms, member),
    };
  }

  /** A paused partition leaves its slot to the others. */
  async function sleepWithoutSlot(ms: number, member: Member): Promise<void> {
    member.active -= 1;
    dispatch();
    try {
      await delay(ms, undefined, { signal: member.stopping.signal });
    } finally {
      member.active += 1;
    }
  }

  /** After a stop there is nothing to do; after a lost partition its position is read anew. */
  async function reload(partition: Partition, member: Member): Promise<void> {
    if (member.stopping.signal.aborted) return;
    const positions = await log.positions([partition.topic]).catch(() => []);
    const present = positions.find((one) => one.partition === partition.partition);
    if (present !== undefined) partition.next = present.committed;
  }

  async function leave(member: Member): Promise<void> {
    member.stopping.abort();
    await Promise.all(member.running);
    members.delete(member);
    if (members.size === 0) partitions.clear();
    dispatch();
  }

  return {
    async join(options) {
      for (const { topic, partition, committed, end } of await log.positions(options.topics)) {
        const key = keyOf(topic, partition);
        if (!partitions.has(key)) partitions.set(key, { topic, partition, next: committed, end, isBusy: false, servedAt: 0 });
      }
      const member: Member = { options: withDefaults(options), running: new Set(), active: 0, stopping: new AbortController() };
      members.add(member);
      dispatch();
      return { stop: () => leave(member), isAlive: () => !member.stopping.signal.aborted };
    },
    advance(topic, partition, end) {
      const known = partitions.get(keyOf(topic, partition));
      if (known === undefined || known.end >= end) return;
      known.end = end;
      dispatch();
    },
    isEmpty: () => members.size === 0,
    nextOffset: (topic, partition) => partitions.get(keyOf(topic, partition))?.next ?? null,
  };
}

/** The one with the most free slots, so that members share the work. */
function pickMember(members: ReadonlySet<Member>, topic: string): Member | undefined {
  return [...members]
    .filter(({ options, active, stopping }) => !stopping.signal.aborted && active < options.concurrency && options.topics.includes(topic))
    .sort((a, b) => a.active - b.active)[0];
}

function withDefaults({ topics, handle, maxBatch = 200, concurrency = 4, maxTries = 5, onIncident = () => {} }: SubscribeOptions): Member['options'] {
  return { topics, handle, maxBatch, concurrency, maxTries, onIncident };
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
