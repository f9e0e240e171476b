/** One line of a panel. */
export type Query = { expr: string; legend: string };

/** How Grafana writes values: `s` seconds, `percentunit` a share of 1, `reqps` a second, `short` a number. */
export type Unit = 's' | 'percentunit' | 'reqps' | 'bytes' | 'short';

export type Panel = { title: string; description: string; unit: Unit; queries: readonly Query[] };
export type Row = { title: string; panels: readonly Panel[] };

/** Of the processes that are chosen above the dashboard. */
export const CHOSEN = 'job=~"$job",instance=~"$instance"';

/** Rate of a counter, summed by labels. */
export function rate(metric: string, by: readonly string[] = [], labels = CHOSEN): string {
  return `sum${clause(by)}(rate(${metric}{${labels}}[$__rate_interval]))`;
}

/** A quantile of a histogram, by labels. */
export function quantile(share: number, metric: string, by: readonly string[] = [], labels = CHOSEN): string {
  const buckets = `sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket{${labels}}[$__rate_interval]))`;
  return `histogram_quantile(${share}, ${buckets})`;
}

/** A gauge, by labels: several processes may tell of the same thing, or each of its own. */
export function gauge(how: 'max' | 'sum', metric: string, by: readonly string[] = [], labels = CHOSEN): string {
  return `${how}${clause(by)}(${metric}{${labels}})`;
}

/** A line a value of the labels. */
export function byLabels(expr: string, ...labels: readonly string[]): Query {
  return { expr, legend: labels.map((label) => `{{${label}}}`).join(' ') };
}

export function line(legend: string, expr: string): Query {
  return { expr, legend };
}

export function panel(title: string, unit: Unit, description: string, ...queries: readonly Query[]): Panel {
  return { title, description, unit, queries };
}

/** Percentiles of one histogram. */
export function percentiles(metric: string): Query[] {
  const shares = [
    ['median', 0.5],
    ['95 %', 0.95],
    ['99 %', 0.99],
  ] as const;
  return shares.map(([legend, share]) => line(legend, quantile(share, metric)));
}

function clause(by: readonly string[]): string {
  return by.length > 0 ? ` by (${by.join(', ')}) ` : '';
}
