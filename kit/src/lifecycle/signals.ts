import type { Logger } from '../logger.ts';

export type SignalOptions = {
  /** Stops everything in order. */
  stop(): Promise<void>;
  logger: Pick<Logger, 'info' | 'error'>;
  /** What signals come from, and what ends. Defaults to this process. */
  process?: SignalSource;
  /** Monotonic milliseconds. */
  now?: () => number;
};

export type SignalSource = {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
};

export type StopSignal = 'SIGINT' | 'SIGTERM';

const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** One Ctrl-C may come twice: npm passes on to its script what the terminal has sent there already. */
const ECHO_MS = 1_000;

/**
 * The first SIGINT or SIGTERM stops in order and ends the process; a second one, unless it comes right behind the first, ends it at
 * once. Answers how to stop listening.
 */
export function listenForSignals({
  stop,
  logger,
  process: source = process,
  now = () => performance.now(),
}: SignalOptions): () => void {
  let firstAt: number | undefined;
  const onSignal = async (signal: StopSignal) => {
    if (firstAt !== undefined) {
      if (now() - firstAt > ECHO_MS) source.exit(EXIT_CODES[signal]);
      return;
    }
    firstAt = now();
    logger.info({ signal }, 'Stopping; a second signal ends at once');
    try {
      await stop();
      source.exit(0);
    } catch (error) {
      logger.error({ error }, 'Could not stop in order');
      source.exit(1);
    }
  };
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, () => void onSignal(signal)] as const);
  for (const [signal, listener] of listeners) source.on(signal, listener);
  return () => listeners.forEach(([signal, listener]) => source.off(signal, listener));
}
