import { afterEach, describe, expect, test } from 'vitest';
import { cacheReads, lookFailures, metricsText, poolWaiting } from './metrics.ts';
import { beforeTelling, registry } from './registry.ts';

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

describe('the metrics of a process', () => {
  test('are told in Prometheus’ format, with those of Node', async () => {
    cacheReads.inc({ cache: 'users', result: 'hit' }, 3);
    const text = await metricsText();
    expect(text).toContain('starling_cache_reads_total{cache="users",result="hit"} 3');
    expect(text).toContain('# TYPE nodejs_eventloop_lag_p99_seconds gauge');
    expect(text).toContain('# TYPE process_cpu_seconds_total counter');
  });

  test('gauges are looked at when they are asked for', async () => {
    stops.push(beforeTelling(() => poolWaiting.set({ pool: 'test' }, 7)));
    expect(await metricsText()).toContain('starling_sql_pool_waiting{pool="test"} 7');
  });

  test('a look that fails is counted and keeps nobody else from telling', async () => {
    stops.push(
      beforeTelling(async () => {
        throw new Error('away');
      }),
    );
    const before = (await lookFailures.get()).values[0]?.value ?? 0;
    expect(await metricsText()).toContain(`starling_look_failures_total ${before + 1}`);
  });

  test('a look that hangs is not waited for', async () => {
    stops.push(beforeTelling(() => new Promise(() => undefined)));
    expect(await metricsText()).toContain('starling_look_failures_total');
  });

  test('bear names and units by the rules', async () => {
    const metrics = await registry.getMetricsAsJSON();
    for (const { name, type, help } of metrics.filter((one) => one.name.startsWith('starling_'))) {
      expect(name).toMatch(/^starling_[a-z_]+$/);
      expect(help).toMatch(/^[A-Z].*[.]$/);
      if (String(type) === 'counter') expect(name).toMatch(/_total$/);
      if (String(type) === 'histogram') expect(name).toMatch(/_(seconds|records)$/);
    }
  });
});
