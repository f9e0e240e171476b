/** Does something for a while, and answers how many times a second it was done. */
export type Measure = () => Promise<number>;

export type Path = {
  name: string;
  baseline: string;
  ours: Measure;
  theirs: Measure;
  /** How often the two follow each other within a round. Default 1. */
  turns?: number;
  /** A round's figure by those of its turns. Default: the median. */
  ofTurns?: (figures: readonly number[]) => number;
  /** Before each round. Default: nothing. */
  prepare?: () => Promise<void>;
  /** Before each measurement, so that it does not pay for what the one before has left behind. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

export type PathResult = {
  path: string;
  baseline: string;
  oursPerSecond: number;
  baselinePerSecond: number;
  /** Median over rounds of ours by baseline, and the least and greatest. */
  ratio: number;
  ratioLeast: number;
  ratioGreatest: number;
};

/**
 * One round to warm up, then rounds that measure everything side by side, so that whatever else the machine does hits both; and each is
 * the first of the two in turn.
 */
export async function runRounds(
  paths: readonly Path[],
  rounds: number,
  tell: (text: string) => void,
): Promise<PathResult[]> {
  const measured = paths.map((path) => ({ path, ours: [] as number[], theirs: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const { path, ours, theirs } of measured) {
      await path.prepare?.();
      const rates = await runTurns(path, round);
      if (round === 0) continue;
      const { ofTurns = median } = path;
      ours.push(ofTurns(rates.ours));
      theirs.push(ofTurns(rates.theirs));
    }
  }
  return measured.map(({ path, ours, theirs }) => {
    const ratios = ours.map((rate, index) => rate / (theirs[index] ?? NaN)).sort((a, b) => a - b);
    return {
      path: path.name,
      baseline: path.baseline,
      oursPerSecond: median(ours),
      baselinePerSecond: median(theirs),
      ratio: median(ratios),
      ratioLeast: ratios.at(0) ?? NaN,
      ratioGreatest: ratios.at(-1) ?? NaN,
    };
  });
}

async function runTurns(path: Path, round: number): Promise<{ ours: number[]; theirs: number[] }> {
  const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let turn = round; turn < round + (path.turns ?? 1); turn += 1) {
    for (const side of turn % 2 === 0 ? (['theirs', 'ours'] as const) : (['ours', 'theirs'] as const)) {
      await path.settle();
      rates[side].push(await path[side]());
    }
  }
  return rates;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** The rate over all of some equal shares of work, by the rates of each: their harmonic mean. */
export function rateOfShares(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

export function table(results: readonly PathResult[]): string {
  const rows = results.map((result) => [
    result.path,
    result.baseline,
    shortRatio(result.ratio),
    `${shortRatio(result.ratioLeast)} – ${shortRatio(result.ratioGreatest)}`,
  ]);
  const all = [['path', 'beside', 'ratio', 'least – greatest'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}\n`).join('');
}

function shortRatio(ratio: number): string {
  return ratio >= 0.1 ? ratio.toFixed(2) : ratio.toPrecision(2);
}

/** Runs `work` over and over, `width` at a time, for about `ms`; times a second. */
export async function rateOf(work: () => Promise<unknown>, width: number, ms: number): Promise<number> {
  const began = performance.now();
  let done = 0;
  const lane = async () => {
    while (performance.now() - began < ms) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return done / ((performance.now() - began) / 1000);
}
