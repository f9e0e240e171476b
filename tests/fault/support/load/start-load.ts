import { setTimeout as pause } from 'node:timers/promises';
import type { Crowd } from './crowd.ts';
import { doSomething } from './do-something.ts';
import { createTally, type Report } from './tally.ts';

export type Load = {
  /** What has come of it so far. */
  report(): Report;
  /** Resolves when nobody is doing anything any more. */
  stop(): Promise<Report>;
};

/** Everybody does one thing after another, until it is stopped. */
export function startLoad(crowd: Crowd, { perSecond = 15 }: { perSecond?: number } = {}): Load {
  const tally = createTally();
  crowd.tally = tally;
  const stopping = new AbortController();
  const everyMs = (1000 * crowd.people.length) / perSecond;
  const running = crowd.people.map(async (person, index) => {
    let dueMs = Date.now() + (everyMs * index) / crowd.people.length;
    while (!stopping.signal.aborted) {
      await rest(dueMs - Date.now(), stopping.signal);
      await doSomething(crowd, person);
      // What was missed is not made up for.
      dueMs = Math.max(dueMs + everyMs, Date.now());
    }
  });
  return {
    report: tally.report,
    async stop() {
      stopping.abort();
      await Promise.all(running);
      return tally.report();
    },
  };
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await pause(ms, undefined, { signal }).catch(() => undefined);
}
