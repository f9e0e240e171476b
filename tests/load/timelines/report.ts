import type { Aim, ComparisonResult } from './comparison.ts';

const HEADS = ['what', 'beside', 'ratio', 'least – greatest', 'aim', '', 'ours', 'theirs'];

export function comparisonTable(results: readonly ComparisonResult[]): string {
  const rows = results.map((result) => [
    result.name,
    result.baseline,
    short(result.ratio),
    `${short(result.least)} – ${short(result.greatest)}`,
    aimText(result.aim),
    result.isMet === null ? '' : result.isMet ? 'met' : 'missed',
    figure(result.ours, result.unit),
    figure(result.theirs, result.unit),
  ]);
  return alignedTable(HEADS, rows);
}

/** Columns as wide as their widest cell. */
export function alignedTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Three digits that count, or all before the point. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)).toString();
}

function figure(value: number, unit: ComparisonResult['unit']): string {
  return unit === '/s' ? `${short(value)}/s` : `${short(value)} ms`;
}

function aimText(aim: Aim | null): string {
  if (aim === null) return '';
  return 'atLeast' in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`;
}
