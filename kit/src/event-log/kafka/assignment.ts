import { type Commits, type CommitsDeps, createCommits } from './commits.ts';
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
  /** Batches in hand, and commits. */
  running: Set<Promise<void>>;
  commits: Commits;
  close(): void;
  end(): void;
  /** How long ago it began to close, in milliseconds. */
  closingFor(): number;
};

export function createAssignment(commit: CommitsDeps['commit']): Assignment {
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
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
    running,
    commits: createCommits({ commit, running, closing: closing.signal, isOver: () => isOver }),
    close,
    end() {
      close();
      isOver = true;
    },
    closingFor: () => (closing.signal.aborted ? performance.now() - closedAt : 0),
  };
}
