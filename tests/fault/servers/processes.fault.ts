import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { KINDS } from '@starling/stack/servers/plan-processes.ts';
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
    await trial.underLoad(async () => trial.process(`${kind}-1`).signal('SIGKILL'));
  });

  test('is paused, and wakes up again', async () => {
    const victim = trial.process(`${kind}-2`);
    await trial.underLoad(async () => {
      victim.signal('SIGSTOP');
      await pause(PAUSE_MS);
      victim.signal('SIGCONT');
    });
  });
});

/** Longer than anybody waits for a process before asking another. */
const PAUSE_MS = 8_000;
