/**
 * The loads that run now, by key. A load that was struck out is joined by nobody any more and told to keep nothing;
 * whoever waits for it still gets its answer.
 */
export type RunningLoads = {
  /** `since` leaves out a load that began before that moment. */
  find(key: string, since?: Moment): Promise<unknown> | undefined;
  now(): Moment;
  /** Registers a load. `keep` gets its value unless the load was struck out or failed. */
  run<Value>(key: string, load: Promise<Value>, keep: (value: Value) => void): Promise<Value>;
  strike(key: string): void;
  strikeAll(): void;
};

/** Among the loads of one table: how many had begun. */
export type Moment = number;
export const BEFORE_ALL: Moment = 0;

export function createRunningLoads(): RunningLoads {
  const loads = new Map<string, { load: Promise<unknown>; place: number }>();
  let begun: Moment = BEFORE_ALL;

  /** Whether the load was still the one of its key; now it is no more. */
  const settle = (key: string, load: Promise<unknown>) => loads.get(key)?.load === load && loads.delete(key);

  return {
    find(key, since = BEFORE_ALL) {
      const running = loads.get(key);
      return running !== undefined && running.place > since ? running.load : undefined;
    },
    now: () => begun,
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
      begun += 1;
      loads.set(key, { load: running, place: begun });
      return running;
    },
    strike: (key) => void loads.delete(key),
    strikeAll: () => loads.clear(),
  };
}
