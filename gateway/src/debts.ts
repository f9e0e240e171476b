/** Answers that are owed, by the ids of what was asked. */
export type Debts = {
  add(id: string): void;
  remove(id: string): void;
  /** Resolves when nothing is owed, and what was last said about it has been handed to the socket; or after `patienceMs`. */
  settled(patienceMs: number): Promise<void>;
};

export function createDebts(): Debts {
  const owed = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  let isAwaited = false;
  // The protocol says that an operation is complete right after we are told so.
  const settle = () => void setImmediate(() => owed.size === 0 && resolve());
  return {
    add: (id) => void owed.add(id),
    remove(id) {
      owed.delete(id);
      if (isAwaited && owed.size === 0) settle();
    },
    async settled(patienceMs) {
      isAwaited = true;
      if (owed.size === 0) settle();
      const timer = setTimeout(resolve, patienceMs);
      await promise;
      clearTimeout(timer);
    },
  };
}
