import { AsyncLocalStorage } from 'node:async_hooks';
import { isTracing, type TraceHeaders } from './tracing.ts';

type Slot = { trace: TraceHeaders };

const slots = new AsyncLocalStorage<Slot>();

/** Tells whoever waits for the next event of a source that it comes of this trace. */
export function noteTrace(trace: TraceHeaders): void {
  const slot = slots.getStore();
  if (slot) slot.trace = trace;
}

export type TracedEvent<Event> = { event: Event; trace: TraceHeaders };

/**
 * A source's events, each with the trace that it comes of. Between a message and the event that is made of it lies code that
 * knows of no traces; what it took last before it gave the event is what the event is made of.
 */
export function withTraces<Event>(source: AsyncIterator<Event>): AsyncIterableIterator<TracedEvent<Event>> {
  return {
    async next() {
      const slot: Slot = { trace: {} };
      const step = await (isTracing() ? slots.run(slot, () => source.next()) : source.next());
      return step.done ? { done: true, value: undefined } : { done: false, value: { event: step.value, ...slot } };
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
