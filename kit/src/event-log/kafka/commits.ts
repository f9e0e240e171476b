import { setTimeout as delay } from 'node:timers/promises';
import { pauseAfter } from '../../resilience/backoff.ts';
import { PartitionLost, TRY_AGAIN } from '../deliver.ts';
import { type Position, keyOf } from '../place.ts';

export type CommitsDeps = {
  /** Throws PartitionLost if the server says that they are another's. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Holds a promise as long as something is to be committed. */
  running: Set<Promise<void>>;
  /** Aborted when nothing new begins: what fails from then on is not tried again. */
  closing: AbortSignal;
  /** True from when on nothing may be committed. */
  isOver(): boolean;
};

/**
 * Commits of one assignment, behind what is handled: one at a time, of whatever has been handled until then, so that no handler waits
 * for the server. It does once its partition is far ahead of what is committed, or while commits fail.
 */
export type Commits = {
  /** What the group has committed in a partition before; to be told before it advances there. */
  begin(position: Position): void;
  /**
   * Everything below the offset is handled. Resolves when the partition may go on. Rejects with what the latest commit has failed with,
   * which is tried again whether anybody asks or not; with PartitionLost once the partitions are another's.
   */
  advance(position: Position): Promise<void>;
};

/** Records of a partition that are handled beyond what is committed before the next batch waits; as many come again after a crash. */
export const AHEAD = 2_000;

export function createCommits({ commit, running, closing, isOver }: CommitsDeps): Commits {
  const handled = new Map<string, Position>();
  /** What is known to be committed. */
  const committed = new Map<string, bigint>();
  let isRunning = false;
  /** What the latest try has come to. */
  let failure: { error: unknown } | null = null;
  const isLost = () => failure?.error instanceof PartitionLost;
  let attempt = Promise.withResolvers<void>();

  function start(): void {
    if (isRunning) return;
    isRunning = true;
    const run = commitAll().finally(() => running.delete(run));
    running.add(run);
  }

  async function commitAll(): Promise<void> {
    for (let failures = 0; handled.size > 0;) {
      failure = await tryOnce();
      attempt.resolve();
      attempt = Promise.withResolvers();
      failures = failure === null ? 0 : failures + 1;
      if (isLost() || (failures > 0 && closing.aborted)) break;
      if (failures > 0) await rest(pauseAfter(failures - 1, TRY_AGAIN), closing);
    }
    // In the same breath as the last look: whoever comes next starts anew.
    isRunning = false;
  }

  async function tryOnce(): Promise<typeof failure> {
    const positions = [...handled.values()];
    try {
      if (isOver()) throw new PartitionLost(positions.map(keyOf).join());
      await commit(positions);
    } catch (error) {
      return { error };
    }
    for (const position of positions) {
      const key = keyOf(position);
      committed.set(key, position.offset);
      if (handled.get(key) === position) handled.delete(key);
    }
    return null;
  }

  return {
    begin: (position) => void committed.set(keyOf(position), position.offset),
    async advance(position) {
      const key = keyOf(position);
      if (isLost() || isOver()) throw new PartitionLost(key);
      handled.set(key, position);
      start();
      while (failure !== null || position.offset - (committed.get(key) ?? 0n) > AHEAD) {
        await attempt.promise;
        if (failure !== null) throw failure.error;
      }
    },
  };
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal }).catch(() => undefined);
}
