import { PeerAway } from '@starling/kit/resilience/peer-away.ts';

/** What has come and was not read yet. */
export type EventQueue<Event> = AsyncIterableIterator<Event> & {
  push(event: Event): EventQueue<Event>;
  /** Nothing comes any more; what has come can still be read. */
  end(): void;
  /** As `end`, but then the reader is told why. */
  fail(error: Error): void;
  return(): Promise<IteratorResult<Event>>;
};

/** More than this would be stale when it is read. */
const MAX_WAITING = 1_000;

/**
 * Carries events from who pushes to who pulls. A reader that falls too far behind is told so, instead of what it missed.
 * `onLeave` is called once, when the reader leaves or falls behind.
 */
export function createEventQueue<Event>(peer: string, onLeave: () => void): EventQueue<Event> {
  const waiting: Event[] = [];
  let reader: PromiseWithResolvers<IteratorResult<Event>> | null = null;
  let ended: { error: Error | null } | null = null;
  const done: IteratorResult<Event> = { done: true, value: undefined };

  function finish(error: Error | null): void {
    if (ended) return;
    ended = { error };
    if (!reader) return;
    if (error) reader.reject(error);
    else reader.resolve(done);
    reader = null;
    ended.error = null;
  }
  const queue: EventQueue<Event> = {
    push(event) {
      if (ended) return queue;
      if (reader) {
        reader.resolve({ done: false, value: event });
        reader = null;
      } else if (waiting.push(event) > MAX_WAITING) {
        waiting.length = 0;
        finish(new PeerAway(`${peer}, whose events came faster than they were read,`, { wasSent: true }));
        onLeave();
      }
      return queue;
    },
    end: () => finish(null),
    fail: finish,
    async next() {
      const event = waiting.shift();
      if (event !== undefined) return { done: false, value: event };
      if (ended?.error) {
        const { error } = ended;
        ended.error = null;
        throw error;
      }
      if (ended) return done;
      reader ??= Promise.withResolvers();
      return reader.promise;
    },
    async return() {
      waiting.length = 0;
      const isFirst = ended === null;
      finish(null);
      if (isFirst) onLeave();
      return done;
    },
    [Symbol.asyncIterator]: () => queue,
  };
  return queue;
}
