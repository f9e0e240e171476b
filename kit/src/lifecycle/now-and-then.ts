export type NowAndThenOptions = {
  everyMs: number;
  /** Told of a run that failed; the next one tries again. */
  onError(error: unknown): void;
};

/** Does the work now and every so often until stopped, one run after the other. `stop` resolves when the last run has ended. */
export function nowAndThen(
  work: () => Promise<unknown>,
  { everyMs, onError }: NowAndThenOptions,
): { stop(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  const run = () => void (running = running.then(work).catch(onError));
  run();
  const timer = setInterval(run, everyMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
