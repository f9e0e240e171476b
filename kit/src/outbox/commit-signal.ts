import type { OutboxSource } from './port.ts';

/** Tells the relay that a transaction with outbox rows may have committed. */
export type CommitSignal = Pick<OutboxSource, 'onCommit'> & { notify(): void };

/** A relay listens while it is at work. Where none does in this process, `announce` tells those of others. */
export function createCommitSignal(announce: () => void = () => {}): CommitSignal {
  const listeners = new Set<() => void>();
  return {
    notify() {
      if (listeners.size === 0) announce();
      for (const listener of listeners) listener();
    },
    onCommit(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
