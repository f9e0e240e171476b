type Mapping<Source, Target> = {
  map(item: Source): Target | Promise<Target>;
  /** Gives the last element when the source has thrown, or null for none; without it, the iterator throws. */
  lastOnError?(error: unknown): Target | null | Promise<Target | null>;
  /** Gives what the iterator throws when the source has thrown. */
  mapError?(error: unknown): unknown;
};

/**
 * Maps an async iterator one element at a time. Unlike an async generator it can be ended while an element is awaited:
 * `return()` goes straight to the source. Once it throws, or has given its last element, the source is ended: nobody ends an iterator
 * that has thrown, and a subscription would listen for ever.
 */
export function mapIterator<Source, Target>(
  source: AsyncIterator<Source>,
  { map, lastOnError, mapError = (error) => error }: Mapping<Source, Target>,
): AsyncIterableIterator<Target> {
  let isEnded = false;
  // Asked through a function: `return()` may come while `next()` waits.
  const isOver = () => isEnded;
  const end = (): IteratorResult<Target> => {
    isEnded = true;
    return { done: true, value: undefined };
  };
  return {
    async next() {
      if (isOver()) return end();
      try {
        const step = await source.next();
        if (step.done || isOver()) return end();
        return { done: false, value: await map(step.value) };
      } catch (error) {
        isEnded = true;
        void letGo(source);
        if (!lastOnError) throw mapError(error);
        const last = await lastOnError(error);
        return last === null ? end() : { done: false, value: last };
      }
    },
    async return() {
      isEnded = true;
      await source.return?.();
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Who waits hears of what has broken the source, and of nothing else. */
async function letGo(source: AsyncIterator<unknown>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // It has ended as far as it can be.
  }
}
