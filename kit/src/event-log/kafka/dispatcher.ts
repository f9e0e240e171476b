import { setTimeout as delay } from 'node:timers/promises';
import { PartitionLost, deliver } from '../deliver.ts';
import type { NewRecord, SubscribeOptions } from '../port.ts';
import type { Assignment } from './assignment.ts';
import type { Inbox } from './inbox.ts';
import { keyOf } from '../place.ts';

export type DispatcherDeps = {
  options: Required<SubscribeOptions>;
  publish(records: readonly NewRecord[]): Promise<unknown>;
  /** Told when a partition can no longer be delivered for a reason that no rebalance mends. */
  onBroken(error: unknown): void;
};

export type Dispatcher = {
  /** Hands batches to the consumer: those that have waited longest first, one of a partition at a time, so many partitions at a time. */
  dispatch(assignment: Assignment): void;
};

/** A partition that outlasts its assignment is in hand until its batch has ended, so that a member never overtakes itself. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { concurrency } = deps.options;
  const inHand = new Set<string>();
  const servedAt = new Map<string, number>();
  /** Partitions in hand, without those that wait for a dependency. */
  let active = 0;
  let turns = 0;
  let current: Assignment | null = null;

  function fill(): void {
    while (current !== null && !current.closing.aborted && active < concurrency) {
      const inbox = longestWaiting(current);
      if (inbox === undefined) return;
      serve(inbox, current);
    }
  }

  function longestWaiting({ inboxes }: Assignment): Inbox | undefined {
    let found: Inbox | undefined;
    let least = Infinity;
    for (const [key, inbox] of inboxes) {
      const turn = servedAt.get(key) ?? 0;
      if (inbox.size() === 0 || inHand.has(key) || turn >= least) continue;
      found = inbox;
      least = turn;
    }
    return found;
  }

  function serve(inbox: Inbox, assignment: Assignment): void {
    const key = keyOf(inbox);
    inHand.add(key);
    servedAt.set(key, (turns += 1));
    active += 1;
    const work = deliverBatch(inbox, assignment, deps, rest).finally(() => {
      inHand.delete(key);
      active -= 1;
      assignment.running.delete(work);
      fill();
    });
    assignment.running.add(work);
  }

  /** While one waits, another has its turn. */
  async function rest(ms: number, { closing }: Assignment): Promise<void> {
    active -= 1;
    fill();
    await delay(ms, undefined, { signal: closing }).finally(() => (active += 1));
  }

  return {
    dispatch(assignment) {
      current = assignment;
      fill();
    },
  };
}

async function deliverBatch(
  inbox: Inbox,
  assignment: Assignment,
  { options, publish, onBroken }: DispatcherDeps,
  rest: (ms: number, assignment: Assignment) => Promise<void>,
): Promise<void> {
  const { topic, partition } = inbox;
  const { group, handle, maxTries, onIncident, maxBatch } = options;
  try {
    await deliver(inbox.take(maxBatch), {
      ...{ group, topic, partition, handle, maxTries, onIncident, publish },
      commit: (offset) => assignment.commits.advance({ topic, partition, offset }),
      sleep: (ms) => rest(ms, assignment),
    });
  } catch (error) {
    // It stops, or the partition has another owner: what was not committed comes again. What comes after it must not go first.
    assignment.inboxes.delete(keyOf(inbox));
    if (!assignment.closing.aborted && !(error instanceof PartitionLost)) onBroken(error);
  }
}
