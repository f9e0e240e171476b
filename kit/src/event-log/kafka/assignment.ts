import type { Inbox } from './inbox.ts';

/**
 * The partitions that a member has been given, from one rebalance to the next. A member starts nothing new in one that is
 * closing, and may commit nothing in one that is over: then its partitions may be another's.
 */
export type Assignment = {
  inboxes: Map<string, Inbox>;
  /** Aborted when it is closing: ends the waits between tries. */
  closing: AbortSignal;
  isOver(): boolean;
  running: Set<Promise<void>>;
  close(): void;
  end(): void;
  /** How long ago it began to close, in milliseconds. */
  closingFor(): number;
};

export function createAssignment(): Assignment {
  const closing = new AbortController();
  let isOver = false;
  let closedAt = 0;
  const close = () => {
    if (closing.signal.aborted) return;
    closedAt = performance.now();
    closing.abort();
  };
  return {
    inboxes: new Map(),
    closing: closing.signal,
    isOver: () => isOver,
    running: new Set(),
    close,
    end() {
      close();
      isOver = true;
    },
    closingFor: () => (closing.signal.aborted ? performance.now() - closedAt : 0),
  };
}

export function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}
