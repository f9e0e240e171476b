import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  IsolatedCircuitError,
  retry,
} from 'cockatiel';
import { StarlingError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { observeBreaker } from '../resilience/observe-breaker.ts';

/** Before one server. While it is away nobody waits for it: calls fail at once, and the gate alone asks whether it is back. */
export type Gate = {
  /** Throws StarlingError UNAVAILABLE at once while the server is known to be away. */
  run<Reply>(send: () => Promise<Reply>): Promise<Reply>;
  isAway(): boolean;
  close(): void;
};

export type GateOptions = {
  /** In logs and metrics. */
  name: string;
  isAway(error: unknown): boolean;
  /** Resolves if the server answers. */
  probe(): Promise<unknown>;
  /** Done between the first answer and the first call that is let through; while it rejects, the gate stays closed. */
  beforeReturn(awayMs: number): Promise<void>;
  logger: Pick<Logger, 'warn' | 'info'>;
};

/** Failures in a row that mean an outage. */
const FAILURES = 5;
const PROBE_FIRST_MS = 100;
const PROBE_MAX_MS = 1_000;

/**
 * A circuit breaker that no caller has to try out. A failure counts only if no call that began later has succeeded: those that hung on
 * a server while it was away fail when it is back already.
 */
export function createGate({ name, isAway, probe, beforeReturn, logger }: GateOptions): Gate {
  const closing = new AbortController();
  const breaker = circuitBreaker(handleWhen(isAway), {
    // Never reached: the breaker is held open until the probe succeeds.
    halfOpenAfter: PROBE_MAX_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  const probing = retry(handleAll, {
    maxAttempts: Number.MAX_SAFE_INTEGER,
    backoff: new ExponentialBackoff({ initialDelay: PROBE_FIRST_MS, maxDelay: PROBE_MAX_MS }),
  });
  let isHeld = false;
  const calls = tellLateFailures();
  observeBreaker(`Redis ${name}`, breaker);

  breaker.onBreak(() => {
    if (isHeld) return;
    isHeld = true;
    void holdUntilBack(breaker.isolate());
  });

  async function holdUntilBack(hold: { dispose(): void }): Promise<void> {
    const since = performance.now();
    logger.warn({ server: name }, 'Redis is away; its callers do without it');
    await probing
      .execute(async () => {
        if (closing.signal.aborted) return;
        await probe();
        await beforeReturn(performance.now() - since);
      }, closing.signal)
      // It ends without success only when the gate is closed.
      .catch(() => undefined);
    isHeld = false;
    calls.outlive();
    hold.dispose();
    if (!closing.signal.aborted)
      logger.info({ server: name, awayMs: Math.round(performance.now() - since) }, 'Redis is back');
  }

  return {
    async run(send) {
      try {
        return await breaker.execute(() => calls.follow(send));
      } catch (error) {
        if (error instanceof LateFailure) throw error.cause;
        if (error instanceof BrokenCircuitError || error instanceof IsolatedCircuitError)
          throw new StarlingError('UNAVAILABLE', 'Redis is away', {}, { cause: error });
        throw error;
      }
    },
    isAway: () => isHeld,
    close: () => closing.abort(),
  };
}

/** Not counted by the breaker. */
class LateFailure extends Error {}

/** Turns failures of calls that began before a success into LateFailure. */
function tellLateFailures() {
  /** Calls are numbered as they begin. */
  let begun = 0;
  /** The last one that the server is known to have outlived. */
  let outlived = 0;
  return {
    async follow<Reply>(send: () => Promise<Reply>): Promise<Reply> {
      begun += 1;
      const own = begun;
      try {
        const reply = await send();
        outlived = Math.max(outlived, own);
        return reply;
      } catch (error) {
        throw own <= outlived ? new LateFailure('', { cause: error }) : error;
      }
    },
    /** All that have begun until now. */
    outlive: () => void (outlived = begun),
  };
}
