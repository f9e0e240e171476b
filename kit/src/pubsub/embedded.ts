import type { Message, PubSub } from './port.ts';

/** Messages a listener may fall behind before it loses the oldest. */
const DEFAULT_MAX_BUFFERED = 1_000;

/** Push within this process. A message reaches a listener once for each of its channels that it was published to. */
export function createEmbeddedPubSub(): PubSub & { /** Channels somebody listens to. */ channelCount(): number } {
  const listenersOf = new Map<string, Set<Listener>>();

  function leave(channels: Iterable<string>, listener: Listener): void {
    for (const channel of channels) {
      const listeners = listenersOf.get(channel);
      listeners?.delete(listener);
      if (listeners?.size === 0) listenersOf.delete(channel);
    }
  }

  return {
    async publish(channels, payload) {
      for (const channel of new Set(channels)) {
        for (const listener of listenersOf.get(channel) ?? []) listener.push(channel, payload);
      }
    },

    async subscribe(channels, { maxBuffered = DEFAULT_MAX_BUFFERED } = {}) {
      const mine = new Set(channels);
      const listener = createListener({ maxBuffered, onEnd: () => leave(mine, listener) });
      for (const channel of mine) {
        const listeners = listenersOf.get(channel) ?? new Set();
        listenersOf.set(channel, listeners.add(listener));
      }
      return listener.messages;
    },

    async close() {
      const all = new Set([...listenersOf.values()].flatMap((listeners) => [...listeners]));
      for (const listener of all) listener.end();
    },

    channelCount: () => listenersOf.size,
  };
}

type Listener = {
  push(channel: string, payload: string): void;
  end(): void;
  messages: AsyncIterableIterator<Message>;
};

/** A bounded queue between whoever pushes and whoever iterates. What is buffered when it ends is dropped. */
function createListener({ maxBuffered, onEnd }: { maxBuffered: number; onEnd(): void }): Listener {
  if (!(maxBuffered >= 1)) throw new RangeError('maxBuffered is at least 1');
  const buffer: { channel: string; payload: string }[] = [];
  const waiting: ((result: IteratorResult<Message>) => void)[] = [];
  let dropped = 0;
  let isOver = false;

  const take = (message: { channel: string; payload: string }): IteratorResult<Message> => {
    const result = { done: false, value: { ...message, dropped } };
    dropped = 0;
    return result;
  };
  const end = () => {
    if (isOver) return;
    isOver = true;
    buffer.length = 0;
    onEnd();
    for (const resolve of waiting.splice(0)) resolve(OVER);
  };

  return {
    push(channel, payload) {
      if (isOver) return;
      const resolve = waiting.shift();
      if (resolve) {
        resolve(take({ channel, payload }));
        return;
      }
      buffer.push({ channel, payload });
      if (buffer.length <= maxBuffered) return;
      buffer.shift();
      dropped += 1;
    },
    end,
    messages: {
      async next() {
        if (isOver) return OVER;
        const message = buffer.shift();
        return message ? take(message) : new Promise((resolve) => waiting.push(resolve));
      },
      async return() {
        end();
        return OVER;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
  };
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined };
