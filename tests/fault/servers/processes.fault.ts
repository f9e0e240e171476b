import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { KINDS } from '@starling/stack/servers/plan-processes.ts';
import { goOn } from '../support/load/under-load.ts';
import { startTrial, type Trial } from '../support/trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await startTrial({ seed: 21, own: [], copies: 2 });
});
afterAll(() => trial?.end());

test('without a fault nothing fails', async () => {
  const { failures } = await trial.underLoad(async () => undefined);
  expect(failures).toEqual({});
});

describe.each(KINDS)('a %s', (kind) => {
  test('is killed, and the other goes on', async () => {
    const victim = trial.process(`${kind}-1`);
    await trial.underLoad(async (load) => {
      victim.signal('SIGKILL');
      // Not started again until the other has gone on alone.
      await victim.stop();
      await goOn(load, 30);
      await victim.start();
    });
  });

  test('is paused, the other goes on, and it wakes up again', async () => {
    const victim = trial.process(`${kind}-2`);
    await trial.underLoad(async (load) => {
      victim.signal('SIGSTOP');
      await Promise.all([pause(PAUSE_MS), goOn(load, 30)]);
      victim.signal('SIGCONT');
    });
  });
});

/** Longer than anybody waits for a process before asking another. */
const PAUSE_MS = 8_000;
