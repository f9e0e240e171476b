import type { Logger } from '../logger.ts';

export type Phase =
  /** Components are being added. */
  | 'starting'
  | 'ready'
  /** Nothing new is taken. */
  | 'pausing'
  /** Running work ends. */
  | 'draining'
  | 'closing'
  | 'closed'
  /** Closed, but something did not start or close as it should. */
  | 'failed';

/** Something that starts and stops. Steps that are left out are done at once. */
export type Component = {
  name: string;
  start?(): unknown;
  /** Takes nothing new from outside. */
  pause?(): unknown;
  /** Resolves when running work has ended. */
  drain?(): unknown;
  /** Gives everything back; running work may be cut off. */
  close?(): unknown;
};

export type Lifecycle = {
  /** Starts a component that those before it do not need. If it fails, everything started is stopped and this rejects. */
  add(component: Component): Promise<void>;
  /** Nothing is added any more. */
  ready(): void;
  phase(): Phase;
  /** Stops everything, the last component first. Resolves when all is closed or given up; asked again, it waits for the same. */
  stop(): Promise<void>;
};

export type LifecycleOptions = {
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Time for pausing and draining together. */
  deadlineMs: number;
  /** Time for closing. Default 5 s. */
  closeMs?: number;
};

/**
 * The life of a process. At a stop all components pause, then all drain, then all close, each time in the reverse order
 * of their start. A step that fails or does not end in time is logged and left behind.
 */
export function createLifecycle({ logger, deadlineMs, closeMs = 5_000 }: LifecycleOptions): Lifecycle {
  const started: Component[] = [];
  let phase: Phase = 'starting';
  let hasFailed = false;
  let stopping: Promise<void> | undefined;

  async function runStep(step: 'pause' | 'drain' | 'close', timeLeft: AbortSignal): Promise<void> {
    for (const component of started.toReversed()) {
      const isDone = await settles(async () => component[step]?.(), timeLeft).catch((error: unknown) => {
        hasFailed = true;
        logger.error({ error, component: component.name, step }, 'A component failed to stop');
        return true;
      });
      if (isDone) continue;
      hasFailed ||= step === 'close';
      logger.warn({ component: component.name, step }, 'A component did not stop in time');
    }
  }

  async function stop(): Promise<void> {
    const timeToDrain = AbortSignal.timeout(deadlineMs);
    phase = 'pausing';
    await runStep('pause', timeToDrain);
    phase = 'draining';
    await runStep('drain', timeToDrain);
    phase = 'closing';
    await runStep('close', AbortSignal.timeout(closeMs));
    phase = hasFailed ? 'failed' : 'closed';
    logger.info({ phase }, 'Stopped');
  }

  return {
    async add(component) {
      if (phase !== 'starting') throw new Error(`${component.name} cannot be added: the process is ${phase}`);
      try {
        await component.start?.();
      } catch (error) {
        hasFailed = true;
        await (stopping ??= stop());
        throw error;
      }
      // A stop may have come while it started; then nobody else would close it.
      if (stopping) return closeLate(component, logger);
      started.push(component);
    },
    ready() {
      if (phase === 'starting') phase = 'ready';
    },
    phase: () => phase,
    stop: () => (stopping ??= stop()),
  };
}

async function closeLate({ name, close }: Component, logger: LifecycleOptions['logger']): Promise<never> {
  logger.warn({ component: name }, 'A component started while everything stopped');
  await close?.();
  throw new Error(`${name} started too late: the process is stopping`);
}

/** False if it does not end before the signal does. It is begun in any case. */
function settles(run: () => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    run().then(() => resolve(true), reject);
    // A step that is done at once counts as done, even if time is up already.
    if (signal.aborted) setImmediate(() => resolve(false));
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}
