import type { Message } from './port.ts';

/** Messages a listener may fall behind before it loses the oldest. */
const DEFAULT_MAX_BUFFERED = 1_000;

export type Listener = {
  push(channel: string, payload: string): void;
  /** Some messages were lost on the way here, nobody knows how many: tells it at once. */
  miss(channel: string): void;
  end(): void;
  messages: AsyncIterableIterator<Message>;
};

export type ListenerOptions = { maxBuffered?: number | undefined; onEnd(): void };

/** A bounded queue between whoever pushes and whoever iterates. What is buffered when it ends is dropped. */
export function createListener({ maxBuffered = DEFAULT_MAX_BUFFERED, onEnd }: ListenerOptions): Listener {
  if (!(maxBuffered >= 1)) throw new RangeError('maxBuffered is at least 1');
  const buffer: Message[] = [];
  const waiting: ((result: IteratorResult<Message>) => void)[] = [];
  let dropped = 0;
  let isOver = false;

  const take = (message: Message): IteratorResult<Message> => {
    const result = { done: false, value: { ...message, dropped: dropped + message.dropped } };
    dropped = 0;
    return result;
  };
  const put = (message: Message) => {
    if (isOver) return;
    const resolve = waiting.shift();
    if (resolve) {
      resolve(take(message));
      return;
    }
    buffer.push(message);
    if (buffer.length <= maxBuffered) return;
    const oldest = buffer.shift();
    dropped += 1 + (oldest?.dropped ?? 0);
  };
  const end = () => {
    if (isOver) return;
    isOver = true;
    buffer.length = 0;
    onEnd();
    for (const resolve of waiting.splice(0)) resolve(OVER);
  };

  return {
    push: (channel, payload) => put({ channel, payload, dropped: 0 }),
    miss: (channel) => put({ channel, payload: '', dropped: 1 }),
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
