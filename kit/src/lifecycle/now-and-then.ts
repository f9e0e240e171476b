export type NowAndThenOptions = {
  /** From the end of one run to the begin of the next. */
  everyMs: number;
  /** Told of a run that failed; the next one tries again. */
  onError(error: unknown): void;
};

/** Does the work now and every so often until stopped, one run after the other. `stop` resolves when the last run has ended. */
export function nowAndThen(
  work: () => Promise<unknown>,
  { everyMs, onError }: NowAndThenOptions,
): { stop(): Promise<void> } {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void>;
  const begin = () => void (running = run());
  const run = async () => {
    await Promise.resolve().then(work).catch(onError);
    if (!isStopped) timer = setTimeout(begin, everyMs).unref();
  };
  running = run();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
