import type { Logger } from '../logger.ts';

export type SignalOptions = {
  /** Stops everything in order. */
  stop(): Promise<void>;
  logger: Pick<Logger, 'info' | 'error'>;
  /** What signals come from, and what ends. Defaults to this process. */
  process?: SignalSource;
};

export type SignalSource = {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
};

export type StopSignal = 'SIGINT' | 'SIGTERM';

const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** The first SIGINT or SIGTERM stops in order and ends the process, a second one ends it at once. Answers how to stop listening. */
export function listenForSignals({ stop, logger, process: source = process }: SignalOptions): () => void {
  let isStopping = false;
  const onSignal = async (signal: StopSignal) => {
    if (isStopping) {
      source.exit(EXIT_CODES[signal]);
      return;
    }
    isStopping = true;
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
