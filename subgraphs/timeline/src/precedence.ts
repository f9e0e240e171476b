import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets short work pass long work of the same process, as long as the long work gets on. */
export type Precedence = {
  /** Does short work. */
  first<Value>(work: () => Promise<Value>): Promise<Value>;
  /** To be awaited by long work now and then: resolves when no short work is in hand, or when it has waited long enough. */
  giveWay(): Promise<void>;
  /** Whether there was no short work for a while, so that long work need not be considerate. */
  isCalm(): boolean;
};

export type PrecedenceOptions = {
  /** Milliseconds after which long work goes on beside short work. */
  longestMs: number;
  /** Milliseconds without short work that make a calm. */
  calmAfterMs: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
};

export function createPrecedence({
  longestMs,
  calmAfterMs,
  now = () => performance.now(),
}: PrecedenceOptions): Precedence {
  const waiting = new Set<() => void>();
  let inHand = 0;
  let lastAt = -Infinity;

  function waitForItsEnd(): Promise<void> {
    return new Promise((resolve) => {
      const goOn = () => {
        clearTimeout(timer);
        waiting.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, longestMs);
      waiting.add(goOn);
    });
  }
  return {
    async first(work) {
      inHand += 1;
      try {
        return await work();
      } finally {
        inHand -= 1;
        lastAt = now();
        if (inHand === 0) for (const goOn of waiting) goOn();
      }
    },
    async giveWay() {
      // Whatever has come in meanwhile, from sockets too, is taken up first.
      await nextTurn();
      if (inHand > 0) await waitForItsEnd();
    },
    isCalm: () => inHand === 0 && now() - lastAt >= calmAfterMs,
  };
}
