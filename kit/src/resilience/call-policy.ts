import {
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  retry,
  wrap,
} from 'cockatiel';
import { withinDeadline } from '../deadline.ts';
import { StarlingError } from '../errors.ts';
import type { ErrorLog } from '../logger.ts';
import type { CallContext } from '../principal.ts';
import { observeBreaker } from './observe-breaker.ts';
import { PeerAway } from './peer-away.ts';
import { createRetryBudget } from './retry-budget.ts';

/** Whether a call may be made again when its peer is away: always, or only if nothing of it can have arrived. */
export type Repeatable = 'always' | 'if unsent';

export type CallPolicy = {
  /**
   * Makes a call by `attempt`, within its deadline, up to three times. Rejects with what the last attempt threw, or
   * StarlingError UNAVAILABLE at once while the breaker is open. `attempt` throws StarlingError UNAVAILABLE for a peer that is
   * away; nothing else is repeated, or opens the breaker.
   */
  run<Result>(
    call: CallContext,
    repeatable: Repeatable,
    attempt: (call: CallContext) => Promise<Result>,
  ): Promise<Result>;
};

export type PolicyOptions = {
  /** As errors and logs name it: `The subgraph users`. */
  peer: string;
  logger: ErrorLog;
};

/** Tries beyond the first. */
const RETRIES = 2;
const BACKOFF = { initialDelay: 25, maxDelay: 400 };
/** Failures in a row after which nobody is asked any more. */
const FAILURES = 10;
/** Then one call at a time finds out whether the peer is back. */
const PROBE = { initialDelay: 200, maxDelay: 2_000 };

/** Breaker, retries and their budget for all calls to one peer. */
export function createCallPolicy({ peer, logger }: PolicyOptions): CallPolicy {
  const budget = createRetryBudget();
  const breaker = circuitBreaker(handleWhen(isAway), {
    breaker: new ConsecutiveBreaker(FAILURES),
    halfOpenAfter: new ExponentialBackoff(PROBE),
  });
  let isAwayKnown = false;
  breaker.onBreak((reason) => {
    if (!isAwayKnown)
      logger.error({ ...reason, peer }, 'A peer is away; it is asked only now and then until it is back');
    isAwayKnown = true;
  });
  breaker.onReset(() => (isAwayKnown = false));
  observeBreaker(peer, breaker);
  breaker.onSuccess(budget.succeeded);
  breaker.onFailure(({ handled }) => handled && budget.failed());
  const retrying = (when: (error: unknown) => boolean) =>
    wrap(
      retry(
        handleWhen((error) => isAway(error) && when(error) && budget.allows()),
        { maxAttempts: RETRIES, backoff: new ExponentialBackoff(BACKOFF) },
      ),
      breaker,
    );
  const policies = {
    always: retrying(() => true),
    'if unsent': retrying((error) => error instanceof PeerAway && !error.wasSent),
  };
  return {
    run: (call, repeatable, attempt) =>
      withinDeadline(call, async (inner) => {
        try {
          return await policies[repeatable].execute(() => attempt(inner), inner.signal);
        } catch (error) {
          throw isBrokenCircuitError(error) ? new PeerAway(peer, { wasSent: false, cause: error }) : error;
        }
      }),
  };
}

function isAway(error: unknown): boolean {
  return error instanceof StarlingError && error.code === 'UNAVAILABLE';
}
