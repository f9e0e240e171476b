import type { Id } from '@starling/domain/ids.ts';
import { holdTimeline, type HoldOptions, type Mismatch } from './hold-timeline.ts';
import { readTruth, type TruthServices } from './true-timelines.ts';

export type CheckResult = { equal: number; total: number; mismatches: readonly Mismatch[] };

export type CheckOptions = HoldOptions & {
  services: TruthServices;
  /** Everybody who may have posted. */
  actorIds: readonly Id[];
  viewerIds: readonly Id[];
  onChecked?(done: number, total: number): void;
};

/** Holds every viewer's whole home timeline against brute force, in a community where nobody does anything meanwhile. */
export async function checkTimelines(options: CheckOptions): Promise<CheckResult> {
  const truthOf = await readTruth(options.services, options);
  return checkEach(options, async (viewerId) => holdTimeline(options, viewerId, await truthOf(viewerId)));
}

/** One viewer after the other. */
export async function checkEach(
  { viewerIds, onChecked }: Pick<CheckOptions, 'viewerIds' | 'onChecked'>,
  check: (viewerId: Id) => Promise<Mismatch | null>,
): Promise<CheckResult> {
  const mismatches: Mismatch[] = [];
  for (const [index, viewerId] of viewerIds.entries()) {
    const mismatch = await check(viewerId);
    if (mismatch !== null) mismatches.push(mismatch);
    onChecked?.(index + 1, viewerIds.length);
  }
  const total = viewerIds.length;
  return { equal: total - mismatches.length, total, mismatches };
}

const TOLD = 10;

/** In lines; the first differences one by one. */
export function describeCheck({ equal, total, mismatches }: CheckResult): string[] {
  return [
    `${equal} of ${total} home timelines equal the definition, computed by brute force.`,
    ...mismatches
      .slice(0, TOLD)
      .map(
        ({ viewerId, position, expected, actual }) =>
          `  viewer ${viewerId}, place ${position}: expected ${expected ?? 'the end'}, got ${actual ?? 'the end'}`,
      ),
    ...(mismatches.length > TOLD ? [`  and ${mismatches.length - TOLD} more`] : []),
  ];
}
