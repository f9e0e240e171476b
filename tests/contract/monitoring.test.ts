import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DASHBOARD_FILE, renderDashboard } from '@starling/infra/monitoring/dashboard.ts';
import { ALERTS_FILE, renderScrapes, SCRAPE_FILES } from '@starling/infra/monitoring/scrape.ts';
import { metricsText } from '@starling/kit/telemetry/metrics.ts';
import { registry } from '@starling/kit/telemetry/registry.ts';
import { hasPrometheus, startPrometheus, type Prometheus } from '../support/prometheus.ts';

type Rule = { alert: string; expr: string };
type Asked = { what: string; expr: string; legend: string };

const alerts = fileURLToPath(ALERTS_FILE);
const rules = (parse(await readFile(alerts, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const panels = (
  JSON.parse(await readFile(DASHBOARD_FILE, 'utf8')) as { panels: { title: string; targets?: Target[] }[] }
).panels;
type Target = { expr: string; legendFormat: string };

const asked: Asked[] = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ what: title, expr: withChoices(expr), legend: legendFormat })),
);
const judged: Asked[] = rules.map(({ alert, expr }) => ({ what: alert, expr, legend: '' }));

/** As Grafana does with its variables. */
function withChoices(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance)/g, '.*');
}

describe('what is committed', () => {
  test('is the dashboard that the code makes (npm run generate:monitoring)', async () => {
    expect(await readFile(DASHBOARD_FILE, 'utf8')).toBe(renderDashboard());
  });

  test.each(SCRAPE_FILES)('is what Prometheus is to ask, by the ports table: $file', async ({ file, jobs }) => {
    expect(await readFile(file, 'utf8')).toBe(renderScrapes(jobs()));
  });
});

describe.skipIf(!hasPrometheus)('by Prometheus’ own tool', () => {
  const promtool = (...parameters: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', parameters, { encoding: 'utf8' });
    return status === 0 ? 'fine' : stdout + stderr;
  };

  test.each(SCRAPE_FILES)('$file and its rules are valid', ({ file }) => {
    expect(promtool('check', 'config', fileURLToPath(file))).toBe('fine');
  });

  test('alerts fire in the histories where they should, and in no other', () => {
    expect(promtool('test', 'rules', fileURLToPath(new URL('alerts.test.yml', ALERTS_FILE)))).toBe('fine');
  });
});

/** A value for each label that the queries look for. */
const LABELS: Readonly<Record<string, string>> = { result: 'hit', state: 'busy', side: 'server', code: 'UNAVAILABLE' };

type Instrument = {
  name: string;
  labelNames: readonly string[];
  inc?(labels: object, value: number): void;
  observe?(labels: object, value: number): void;
};

/** Every instrument moves, as it does in a process where everything happens. */
function moveEverything(): void {
  for (const instrument of registry.getMetricsAsArray() as unknown as Instrument[]) {
    if (!instrument.name.startsWith('starling_')) continue;
    const labels = Object.fromEntries(instrument.labelNames.map((name) => [name, LABELS[name] ?? 'some']));
    if (instrument.observe) instrument.observe(labels, 0.1);
    else instrument.inc?.(labels, 1);
  }
}

describe.skipIf(!hasPrometheus)('a real Prometheus', () => {
  const server = createServer((_request, response) => {
    moveEverything();
    void registry.metrics().then((text) => response.setHeader('content-type', registry.contentType).end(text));
  });
  let prometheus: Prometheus;

  beforeAll(async () => {
    await metricsText();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    prometheus = await startPrometheus({ targets: { gateway: [target] }, rules: alerts });
    const scrapes = async () => Number((await prometheus.query('count_over_time(up[1m])'))[0]?.value[1] ?? 0);
    await vi.waitFor(async () => expect(await scrapes()).toBeGreaterThan(3), { timeout: 40_000, interval: 500 });
  }, 60_000);
  afterAll(async () => {
    await prometheus?.stop();
    server.closeAllConnections();
    server.close();
  });

  test.each(asked)('draws “$what”: $expr', async ({ expr, legend }) => {
    const series = await prometheus.query(expr);
    expect(series.length).toBeGreaterThan(0);
    for (const [, label = ''] of legend.matchAll(/{{(\w+)}}/g)) expect(series[0]?.metric).toHaveProperty(label);
  });

  test.each(judged)('can judge $what', async ({ expr }) => {
    await expect(prometheus.query(expr)).resolves.toBeInstanceOf(Array);
  });

  test('finds nothing wrong with the rules', async () => {
    type Judged = { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    const health = async () => (await prometheus.ask<Judged>('rules')).groups.flatMap((group) => group.rules);
    await expect.poll(async () => (await health()).filter((rule) => rule.health !== 'ok')).toEqual([]);
    expect(await health()).toHaveLength(rules.length);
  });

  test('is asked for nothing that nobody tells', async () => {
    const metadata = await prometheus.ask<{ metric: string; type: string }[]>('targets/metadata');
    const told = metadata.flatMap(({ metric, type }) =>
      type === 'histogram' ? ['_bucket', '_count', '_sum'].map((suffix) => metric + suffix) : [metric],
    );
    const named = new Set(
      [...asked, ...judged].flatMap(({ expr }) => expr.match(/\b(starling|nodejs|process)_\w+/g) ?? []),
    );
    expect([...named].filter((name) => !told.includes(name))).toEqual([]);
  });

  test('is asked for everything that is ours', async () => {
    const names = (registry.getMetricsAsArray() as { name: string }[]).map(({ name }) => name);
    const all = [...asked, ...judged].map(({ expr }) => expr).join('\n');
    expect(names.filter((name) => name.startsWith('starling_') && !all.includes(name))).toEqual([]);
  });
});
