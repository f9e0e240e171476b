import type { TimelineBytes } from './bytes.ts';
import type { Capacity, Habits, UnitCosts } from './capacity.ts';
import { capacityTable } from './capacity-report.ts';
import type { ComparisonResult } from './comparison.ts';
import type { GrowthStep } from './growth.ts';
import { growthPlot, growthTable } from './growth-report.ts';
import type { UnitRates } from './reading.ts';
import { comparisonTable, short } from './report.ts';

/** Null is what was not measured. */
export type Report = {
  /** Which cores the servers had. */
  placements: string[];
  comparisons: ComparisonResult[];
  bytes: TimelineBytes | null;
  rates: UnitRates | null;
  growth: GrowthStep[] | null;
  capacity: { costs: UnitCosts; habits: Habits; result: Capacity } | null;
};

export function reportText({ placements, comparisons, bytes, growth, capacity }: Report): string {
  const parts = [
    placements.map((placement) => `${placement}\n`).join(''),
    comparisons.length > 0 && comparisonTable(comparisons),
    bytes && bytesText(bytes),
    growth && `${growthTable(growth)}\nRatio to the first step\n${growthPlot(growth)}`,
    capacity && capacityTable(capacity.costs, capacity.habits, capacity.result),
  ];
  return parts.filter((part) => typeof part === 'string' && part !== '').join('\n');
}

const MOST_BYTES = 8_500;

function bytesText({ built, trimmed, mean, largest, bytesAnId }: TimelineBytes): string {
  const toAim = (bytes: number) =>
    `${short(bytes)} (aim ≤ ${short(MOST_BYTES)}: ${bytes <= MOST_BYTES ? 'met' : 'missed'})`;
  return [
    `bytes of a full timeline, newly built: ${toAim(built)}\n`,
    `bytes of a full timeline, just trimmed: ${toAim(trimmed)}\n`,
    `bytes from one trim to the next: ${short(mean)} on average, ${short(largest)} at most; ${short(bytesAnId)} an id\n`,
  ].join('');
}
