import { keyOf } from '../place.ts';
import type { SubscribeOptions, Subscription } from '../port.ts';
import { type GroupLog, type Member, type Partition, servePartition } from './serve-partition.ts';

/** The members of one consumer group in this process. A partition is in the hands of one member at a time. */
export type Group = {
  join(options: SubscribeOptions): Promise<Subscription>;
  /** The partition has records below `end`. */
  advance(topic: string, partition: number, end: bigint): void;
  /**
   * What is stored of the group's way. Where that is less than it has come to, at two looks in a row and with nothing in hand, a crash of
   * Postgres has lost its last moves: it goes back, or it would be told to lag for ever.
   */
  compare(topic: string, partition: number, committed: bigint): void;
  isEmpty(): boolean;
  /** What its members read. */
  topics(): string[];
  /** The group's next offset; null for a partition that nobody here reads. */
  nextOffset(topic: string, partition: number): bigint | null;
};

export function createGroup(log: GroupLog): Group {
  const partitions = new Map<string, Partition>();
  const members = new Set<Member>();
  let turns = 0;

  /** Whatever has waited longest goes first; one batch each, so that none starves. */
  function dispatch(): void {
    const ready = [...partitions.values()].filter(({ isBusy, next, end }) => !isBusy && next < end);
    for (const partition of ready.sort((a, b) => a.servedAt - b.servedAt)) {
      const member = pickMember(members, partition.topic);
      if (member !== undefined) serve(partition, member);
    }
  }

  function serve(partition: Partition, member: Member): void {
    take(partition, member, (turns += 1));
    const work = servePartition(partition, member, log, dispatch).finally(() => {
      giveBack(partition, member);
      member.running.delete(work);
      dispatch();
    });
    member.running.add(work);
  }

  async function leave(member: Member): Promise<void> {
    member.stopping.abort();
    await Promise.all(member.running);
    members.delete(member);
    if (members.size === 0) partitions.clear();
    dispatch();
  }

  async function join(options: SubscribeOptions): Promise<Subscription> {
    const member = createMember(options);
    // Before the positions are asked for: from now on appends are heard, and the last one to leave forgets nothing of ours.
    members.add(member);
    const positions = await log.positions(options.topics).catch((error: unknown) => {
      members.delete(member);
      throw error;
    });
    addPartitions(partitions, positions);
    dispatch();
    return { stop: () => leave(member), isAlive: () => !member.stopping.signal.aborted };
  }

  return {
    join,
    advance(topic, partition, end) {
      const known = partitions.get(keyOf({ topic, partition }));
      if (known === undefined || known.end >= end) return;
      known.end = end;
      dispatch();
    },
    compare(topic, partition, committed) {
      const known = partitions.get(keyOf({ topic, partition }));
      if (known && goesBack(known, committed)) dispatch();
    },
    isEmpty: () => members.size === 0,
    topics: () => [...new Set([...members].flatMap(({ options }) => options.topics))],
    nextOffset: (topic, partition) => partitions.get(keyOf({ topic, partition }))?.next ?? null,
  };
}

function take(partition: Partition, member: Member, turn: number): void {
  partition.isBusy = true;
  partition.servedAt = turn;
  member.active += 1;
}

function giveBack(partition: Partition, member: Member): void {
  partition.isBusy = false;
  member.active -= 1;
}

/** At the second look: the first may have been answered before the last move was made. */
function goesBack(partition: Partition, committed: bigint): boolean {
  const isBehind = !partition.isBusy && committed < partition.next;
  const wasBehind = isBehind && partition.missedAt === partition.next;
  partition.missedAt = isBehind && !wasBehind ? partition.next : null;
  if (wasBehind) partition.next = committed;
  return wasBehind;
}

type Position = { topic: string; partition: number; committed: bigint; end: bigint };

/** Those that are not known yet. */
function addPartitions(partitions: Map<string, Partition>, positions: readonly Position[]): void {
  for (const { topic, partition, committed, end } of positions) {
    const key = keyOf({ topic, partition });
    if (partitions.has(key)) continue;
    partitions.set(key, { topic, partition, next: committed, end, isBusy: false, servedAt: 0, missedAt: null });
  }
}

/** The one with the fewest partitions in hand, so that members share the work. */
function pickMember(members: ReadonlySet<Member>, topic: string): Member | undefined {
  return [...members]
    .filter(
      ({ options, active, stopping }) =>
        !stopping.signal.aborted && active < options.concurrency && options.topics.includes(topic),
    )
    .sort((a, b) => a.active - b.active)[0];
}

function createMember({
  group,
  topics,
  handle,
  maxBatch = 200,
  concurrency = 4,
  maxTries = 5,
  onIncident = () => {},
}: SubscribeOptions): Member {
  return {
    options: { group, topics, handle, maxBatch, concurrency, maxTries, onIncident },
    running: new Set(),
    active: 0,
    stopping: new AbortController(),
  };
}
