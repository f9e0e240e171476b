import { StarlingError } from './errors.ts';
import type { CallContext } from './principal.ts';

/** The longest a timer can wait; a deadline beyond it never fires. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Runs one call within its deadline; not at all if that has passed or the caller has gone. `run` gets the call with a
 * signal that ends with the caller's or at the deadline. Then this rejects with StarlingError DEADLINE_EXCEEDED, or the
 * caller's own reason, whatever `run` still does.
 */
export async function withinDeadline<Result>(
  call: CallContext,
  run: (call: CallContext) => Promise<Result>,
): Promise<Result> {
  const frame = openFrame(call);
  try {
    return await (frame.isOver() ? frame.ended : Promise.race([run(frame.call), frame.ended]));
  } finally {
    frame.close();
  }
}

/**
 * As `withinDeadline` for a stream: `run` is called when the stream is first read, and each element must come before the
 * deadline. What it throws goes through `mapError`. `return()` ends it even while an element is awaited.
 */
export function streamWithinDeadline<Item>(
  call: CallContext,
  run: (call: CallContext) => AsyncIterable<Item>,
  mapError: (error: unknown) => unknown = (error) => error,
): AsyncIterableIterator<Item> {
  let frame: Frame | undefined;
  let source: AsyncIterator<Item> | undefined;
  let isEnded = false;
  // Asked through a function: `return()` may come while `next()` waits.
  const isOver = () => isEnded;
  const end = (): IteratorResult<Item> => {
    isEnded = true;
    frame?.end(FINISHED);
    frame?.close();
    // Not awaited: a generator that is stuck in its own `await` would never let go.
    source?.return?.().catch(() => undefined);
    return { done: true, value: undefined };
  };
  return {
    async next() {
      if (isOver()) return end();
      try {
        frame ??= openFrame(call);
        if (frame.isOver()) await frame.ended;
        source ??= run(frame.call)[Symbol.asyncIterator]();
        const step = await Promise.race([source.next(), frame.ended]);
        return step.done ? end() : step;
      } catch (error) {
        if (isOver()) return end();
        end();
        throw mapError(error);
      }
    },
    async return() {
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function deadlineExceeded(): StarlingError {
  return new StarlingError('DEADLINE_EXCEEDED', 'The deadline has passed');
}

type Frame = {
  call: CallContext;
  /** Rejects when the call is over. */
  ended: Promise<never>;
  isOver(): boolean;
  end(reason: StarlingError): void;
  /** Gives back what the frame holds. Work that goes on regardless sees its signal end. */
  close(): void;
};

/** Made once: an error that collects its stack for every finished call would cost more than the call. */
const FINISHED = new StarlingError('DEADLINE_EXCEEDED', 'The call is over');

function openFrame(call: CallContext): Frame {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => undefined);
  let reason: StarlingError | undefined;
  let controller: AbortController | undefined;
  const end = (why: StarlingError) => {
    reason ??= why;
    reject(reason);
    controller?.abort(reason);
  };

  const { signal: outer } = call;
  const onAbort = () => end(callerGone(outer));
  const remaining = call.deadline - Date.now();
  const timer =
    remaining > MAX_TIMER_MS ? undefined : setTimeout(() => end(deadlineExceeded()), Math.max(0, remaining));
  if (remaining <= 0) end(deadlineExceeded());
  else if (outer?.aborted) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });

  return {
    call: {
      principal: call.principal,
      deadline: call.deadline,
      requestId: call.requestId,
      clientAddress: call.clientAddress,
      userAgent: call.userAgent,
      ...(call.consistency && { consistency: call.consistency }),
      ...(call.onWrote && { onWrote: call.onWrote }),
      /** Made when first asked for: most handlers never look at it. */
      get signal() {
        controller ??= new AbortController();
        if (reason) controller.abort(reason);
        return controller.signal;
      },
    },
    ended,
    isOver: () => reason !== undefined,
    end,
    close() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
      reason ??= FINISHED;
      controller?.abort(reason);
    },
  };
}

function callerGone(signal: AbortSignal | undefined): StarlingError {
  if (signal?.reason instanceof StarlingError) return signal.reason;
  return new StarlingError('DEADLINE_EXCEEDED', 'The caller has gone');
}
