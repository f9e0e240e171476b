import { expect, vi } from 'vitest';
import type { Crowd } from './crowd.ts';
import { expectTruth, type TruthOptions } from './expect-truth.ts';
import { startLoad, type Load } from './start-load.ts';
import { describeReport, type Report } from './tally.ts';
import type { Watch } from './watch-homes.ts';

export type Trial = TruthOptions & {
  crowd: Crowd;
  watch: Watch;
  perSecond?: number;
  /** Writes to be answered before the fault, and after it; without an answer for two minutes the trial has failed. */
  before?: number;
  after?: number;
};

/**
 * Does something bad while people post, follow and read, waits until they go on as before, and holds everything they see
 * against brute force. The report tells what the fault has cost.
 */
export async function underLoad(
  { crowd, watch, drain, perSecond, before = 25, after = 50 }: Trial,
  fault: (load: Load) => Promise<void>,
): Promise<Report> {
  const load = startLoad(crowd, perSecond === undefined ? {} : { perSecond });
  try {
    await goOn(load, before);
    await fault(load);
    await goOn(load, after);
  } finally {
    await load.stop();
  }
  const report = load.report();
  // What it has cost is worth knowing even where it is allowed.
  process.stdout.write(`${expect.getState().currentTestName}: ${describeReport(report)}\n`);
  expect(report.violations).toEqual([]);
  await expectTruth(crowd, drain ? { drain } : {});
  await watch.expectNothingMissed();
  return report;
}

/** Until so many more writes have been answered. */
export async function goOn(load: Load, writes: number): Promise<void> {
  const before = load.report().acknowledged;
  await vi.waitFor(() => expect(load.report().acknowledged - before).toBeGreaterThanOrEqual(writes), {
    timeout: 120_000,
    interval: 50,
  });
}
