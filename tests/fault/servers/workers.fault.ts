import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goOn } from '../support/load/under-load.ts';
import { startTrial, type Trial } from '../support/trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await startTrial({ seed: 23, own: [], copies: 2 });
});
afterAll(() => trial?.end());

const workers = () => [trial.process('worker-1'), trial.process('worker-2')] as const;

test('both workers are killed in the middle of a batch, again and again', async () => {
  await trial.underLoad(async (load) => {
    for (let round = 0; round < 3; round += 1) {
      for (const worker of workers()) await worker.stop();
      await goOn(load, 100);
      const inTheMiddle = whenHalfDone();
      const starting = Promise.all(workers().map((worker) => worker.start()));
      await inTheMiddle;
      for (const worker of workers()) worker.signal('SIGKILL');
      await starting.catch(() => undefined);
    }
  });
});

test('one worker leaves and joins, and the other, in a loop', async () => {
  const { failures } = await trial.underLoad(async (load) => {
    for (let round = 0; round < 4; round += 1) {
      const worker = workers()[round % 2];
      if (round % 4 < 2) await worker?.stop();
      else worker?.signal('SIGKILL');
      await goOn(load, 10);
      await worker?.start();
    }
  });
  expect(failures).toEqual({});
});

/** Resolves when some of what waited is done, and some is not. */
async function whenHalfDone(): Promise<void> {
  const done = new AbortController();
  let most = 0;
  await trial.stack
    .drain({
      signal: done.signal,
      onLag(left) {
        most = Math.max(most, left);
        if (left < most) done.abort();
      },
    })
    .catch((error: unknown) => {
      if (!done.signal.aborted) throw error;
    });
  await pause(0);
}
