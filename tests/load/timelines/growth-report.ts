import type { GrowthCost, GrowthStep } from './growth.ts';
import { alignedTable, short } from './report.ts';

const COSTS: Record<GrowthCost, string> = {
  warmReadMs: 'warm page, ms',
  warmReadStatements: 'warm page, statements',
  firstReadMs: 'first page, ms',
  firstReadStatements: 'first page, statements',
  postMs: 'post, ms',
  postStatements: 'post until delivered, statements',
};

/** Each cost at each step, and its ratio to the first step. */
export function growthTable(steps: readonly GrowthStep[]): string {
  const heads = ['people', ...steps.map(({ people }) => people.toLocaleString('en'))];
  const rows = rowsOf(steps).map(({ name, values, ratios }) => [
    name,
    ...values.map((value, index) => `${short(value)} (${short(ratios[index] ?? NaN)} ×)`),
  ]);
  return alignedTable(heads, rows);
}

const BAR_OF_ONE = 20;
const LONGEST_BAR = 80;

/** Ratios to the first step as bars; a cost that does not grow is a straight edge. */
export function growthPlot(steps: readonly GrowthStep[]): string {
  const widest = Math.max(...steps.map(({ people }) => people.toLocaleString('en').length));
  return rowsOf(steps)
    .map(({ name, ratios }) => {
      const bars = ratios.map((ratio, index) => {
        const people = steps[index]?.people.toLocaleString('en') ?? '';
        return `  ${people.padStart(widest)} │${barOf(ratio)} ${short(ratio)}\n`;
      });
      return `${name}\n${bars.join('')}`;
    })
    .join('');
}

type Row = { name: string; values: number[]; ratios: number[] };

function rowsOf(steps: readonly GrowthStep[]): Row[] {
  return (Object.keys(COSTS) as GrowthCost[]).map((cost) => {
    const values = steps.map((step) => step[cost]);
    const [first = NaN] = values;
    // Nothing that stays nothing does not grow.
    return { name: COSTS[cost], values, ratios: values.map((value) => (value === first ? 1 : value / first)) };
  });
}

function barOf(ratio: number): string {
  const length = Math.round(BAR_OF_ONE * ratio);
  return length > LONGEST_BAR ? `${'█'.repeat(LONGEST_BAR)}…` : '█'.repeat(length);
}
