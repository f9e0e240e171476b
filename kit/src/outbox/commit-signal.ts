import type { OutboxSource } from './port.ts';

/** Tells the relays of this process that a transaction with outbox rows may have committed. */
export type CommitSignal = Pick<OutboxSource, 'onCommit'> & { notify(): void };

export function createCommitSignal(): CommitSignal {
  const listeners = new Set<() => void>();
  return {
    notify() {
      for (const listener of listeners) listener();
    },
    onCommit(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
