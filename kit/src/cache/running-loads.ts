/**
 * The loads that run now, by key. A load that was struck out is joined by nobody any more and told to keep nothing;
 * whoever waits for it still gets its answer.
 */
export type RunningLoads = {
  find(key: string): Promise<unknown> | undefined;
  /** Registers a load. `keep` gets its value unless the load was struck out or failed. */
  run<Value>(key: string, load: Promise<Value>, keep: (value: Value) => void): Promise<Value>;
  strike(key: string): void;
  strikeAll(): void;
};

export function createRunningLoads(): RunningLoads {
  const loads = new Map<string, Promise<unknown>>();

  /** Whether the load was still the one of its key; now it is no more. */
  const settle = (key: string, load: Promise<unknown>) => loads.get(key) === load && loads.delete(key);

  return {
    find: (key) => loads.get(key),
    run(key, load, keep) {
      const running = load.then(
        (value) => {
          if (settle(key, running)) keep(value);
          return value;
        },
        (error: unknown) => {
          settle(key, running);
          throw error;
        },
      );
      loads.set(key, running);
      return running;
    },
    strike: (key) => void loads.delete(key),
    strikeAll: () => loads.clear(),
  };
}
