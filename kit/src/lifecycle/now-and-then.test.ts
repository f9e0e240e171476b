import { expect, test, vi } from 'vitest';
import { nowAndThen } from './now-and-then.ts';

const fail = (error: unknown) => {
  throw error;
};

test('runs at once and again, one run after the other', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let begun = 0;
  const repeated = nowAndThen(async () => gates[begun++]?.promise, { everyMs: 1, onError: fail });

  await vi.waitFor(() => expect(begun).toBe(1));
  gates[0]?.resolve();
  await vi.waitFor(() => expect(begun).toBe(2));
  gates[1]?.resolve();
  await repeated.stop();
});

test('a run that fails is told, and the next one is tried', async () => {
  const told: unknown[] = [];
  let runs = 0;
  const work = async () => {
    runs += 1;
    if (runs === 1) throw new Error('away');
  };
  const repeated = nowAndThen(work, { everyMs: 1, onError: (error) => told.push(error) });

  await vi.waitFor(() => expect(runs).toBeGreaterThan(1));
  await repeated.stop();
  expect(told).toEqual([new Error('away')]);
});

test('what takes longer than the interval is not made up for', async () => {
  vi.useFakeTimers();
  try {
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    const repeated = nowAndThen(
      async () => {
        begun += 1;
        await gate.promise;
      },
      { everyMs: 1_000, onError: fail },
    );
    await vi.advanceTimersByTimeAsync(10_000);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(999);
    expect(begun).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toBe(2);
    await repeated.stop();
  } finally {
    vi.useRealTimers();
  }
});

test('a stop waits for the run at hand, and lets no other follow', async () => {
  const gate = Promise.withResolvers<void>();
  let ended = 0;
  const repeated = nowAndThen(() => gate.promise.then(() => void (ended += 1)), { everyMs: 1_000, onError: fail });

  const stopped = repeated.stop();
  gate.resolve();
  await stopped;
  expect(ended).toBe(1);
});
