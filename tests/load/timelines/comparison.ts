import type { Path, PathResult } from '../paths/rounds.ts';

/** Two ways of doing the same, or the same under two conditions, measured side by side. */
export type Comparison = Path & {
  /** Of both figures. */
  unit: '/s' | 'ms';
  /** What the ratio is to be; null where it is only told. */
  aim: Aim | null;
};

export type Aim = { atLeast: number } | { atMost: number };

export type ComparisonResult = {
  name: string;
  baseline: string;
  unit: Comparison['unit'];
  /** Medians over rounds. */
  ours: number;
  theirs: number;
  /** Median over rounds of ours by theirs, and the least and greatest. */
  ratio: number;
  least: number;
  greatest: number;
  aim: Aim | null;
  /** Null where there is no aim. */
  isMet: boolean | null;
};

export function toComparisonResults(
  comparisons: readonly Comparison[],
  results: readonly PathResult[],
): ComparisonResult[] {
  return results.map((result, index) => {
    const { unit, aim } = comparisons[index] as Comparison;
    return {
      name: result.path,
      baseline: result.baseline,
      unit,
      ours: result.oursPerSecond,
      theirs: result.baselinePerSecond,
      ratio: result.ratio,
      least: result.ratioLeast,
      greatest: result.ratioGreatest,
      aim,
      isMet: aim === null ? null : isMet(result.ratio, aim),
    };
  });
}

function isMet(ratio: number, aim: Aim): boolean {
  return 'atLeast' in aim ? ratio >= aim.atLeast : ratio <= aim.atMost;
}
