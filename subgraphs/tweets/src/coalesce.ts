import type { Message } from '@starling/kit/pubsub/port.ts';

export type CoalesceOptions = {
  keyOf(message: Message): string | undefined;
  /** Told when messages were lost: any of these may have changed. */
  everyKey: readonly string[];
  /** Least time between two tellings; what comes meanwhile is gathered. */
  windowMs: number;
};

export type KeyStream = { next(): Promise<IteratorResult<string, undefined>>; return(): Promise<void> };

/** Turns a burst of messages into its distinct keys, in the order of their first message. `return` ends a waiting `next`. */
export function coalesce(
  messages: AsyncIterableIterator<Message>,
  { keyOf, everyKey, windowMs }: CoalesceOptions,
): KeyStream {
  const pending = new Set<string>();
  let ready: string[] = [];
  let hasEnded = false;
  let failure: { error: unknown } | null = null;
  let wake = Promise.withResolvers<undefined>();
  let notBefore = 0;

  const pump = async () => {
    for await (const message of messages) {
      const keys = message.dropped > 0 ? everyKey : [keyOf(message)];
      for (const key of keys) if (key !== undefined) pending.add(key);
      wake.resolve(undefined);
    }
  };
  const pumping = pump()
    .catch((error: unknown) => (failure = { error }))
    .finally(() => {
      hasEnded = true;
      wake.resolve(undefined);
    });

  return {
    async next() {
      while (ready.length === 0) {
        if (failure) throw failure.error;
        if (pending.size === 0) {
          if (hasEnded) return { value: undefined, done: true };
          await wake.promise;
          wake = Promise.withResolvers();
          continue;
        }
        await pause(notBefore - performance.now());
        notBefore = performance.now() + windowMs;
        ready = [...pending];
        pending.clear();
      }
      const key = ready.shift();
      return key === undefined ? { value: undefined, done: true } : { value: key, done: false };
    },
    async return() {
      hasEnded = true;
      pending.clear();
      ready = [];
      wake.resolve(undefined);
      await messages.return?.();
      await pumping;
    },
  };
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms).unref());
}
