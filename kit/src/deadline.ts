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
    return await (frame.call.signal.aborted ? frame.ended : Promise.race([run(frame.call), frame.ended]));
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
        if (frame.call.signal.aborted) await frame.ended;
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

export function deadlineExceeded(): StarlingError {
  return new StarlingError('DEADLINE_EXCEEDED', 'The deadline has passed');
}

type Frame = { call: CallContext & { signal: AbortSignal }; ended: Promise<never>; close(): void };

function openFrame(call: CallContext): Frame {
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => undefined);
  const end = (reason: unknown) => {
    reject(reason);
    controller.abort(reason);
  };
  const onAbort = () => end(callerGone(call.signal));
  const remaining = call.deadline - Date.now();
  const timer =
    remaining > MAX_TIMER_MS ? undefined : setTimeout(() => end(deadlineExceeded()), Math.max(0, remaining));
  if (remaining <= 0) end(deadlineExceeded());
  else if (call.signal?.aborted) onAbort();
  else call.signal?.addEventListener('abort', onAbort, { once: true });
  const close = () => {
    reject(new StarlingError('DEADLINE_EXCEEDED', 'The reader has gone'));
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', onAbort);
    controller.abort();
  };
  return { call: { ...call, signal: controller.signal }, ended, close };
}

function callerGone(signal: AbortSignal | undefined): StarlingError {
  if (signal?.reason instanceof StarlingError) return signal.reason;
  return new StarlingError('DEADLINE_EXCEEDED', 'The caller has gone');
}
