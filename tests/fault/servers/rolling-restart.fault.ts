import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTrial, type Trial } from '../support/trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await startTrial({ seed: 22, own: [], copies: 2 });
});
afterAll(() => trial?.end());

test('every process is restarted, one after the other, and no request fails', async () => {
  const { failures } = await trial.underLoad(async () => {
    for (const one of trial.processes) {
      await one.stop();
      await one.start();
    }
  });
  expect(failures).toEqual({});
  // 1001 says: connect again, and read again.
  expect(Object.keys(trial.watch.closings())).toEqual(['1001']);
});
