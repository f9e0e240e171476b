import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmbeddedCache } from '../cache/embedded.ts';
import type { Incident, LogRecord, NewRecord, SubscribeOptions } from '../event-log/port.ts';
import { createPool } from '../postgres/pool.ts';
import { createEmbeddedPubSub } from '../pubsub/embedded.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../testing/otlp-receiver.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { withTraces } from './event-trace.ts';
import { metricsText } from './metrics.ts';
import { observedCache } from './observed-cache.ts';
import { observedLog } from './observed-log.ts';
import { observedPubSub } from './observed-pubsub.ts';
import { inNewTrace, inTraceOf, startTracing, traceHeaders, type Tracing } from './tracing.ts';

let collector: OtlpReceiver;
let tracing: Tracing;

beforeEach(async () => {
  collector = await startOtlpReceiver();
  const { endpoint } = collector;
  tracing = await startTracing({ service: 'test', namespace: 'ns', endpoint, sampleRatio: 1 });
});
afterEach(async () => {
  await tracing.shutdown();
  await collector.close();
});

const spansNamed = async (name: string) => {
  await tracing.flush();
  return collector.spans.filter((span) => span.name === name);
};

/** A log that hands on what is published as one batch, when it is asked to. */
function createBatchLog() {
  const records: NewRecord[] = [];
  let subscriber: SubscribeOptions | undefined;
  return {
    async publish(more: readonly NewRecord[]) {
      records.push(...more);
      return more.map((_, index) => ({ partition: 0, offset: BigInt(index) }));
    },
    async subscribe(options: SubscribeOptions) {
      subscriber = options;
      return { stop: async () => undefined, isAlive: () => true };
    },
    deliver: () => subscriber?.handle(records.map((record, index) => ({ ...record, ...at(index) }))),
    tell: (incident: Incident) => subscriber?.onIncident?.(incident),
  };
}
const at = (index: number) => ({ partition: 0, offset: BigInt(index), appendedAt: Date.now() - 1_000 });
const recordWith = (headers: Record<string, string>): NewRecord => ({ topic: 't.v1', key: 'k', value: '{}', headers });

describe('an observed log', () => {
  test('goes on with the trace of what it carries, from publishing to handling', async () => {
    const inner = createBatchLog();
    const log = observedLog(inner);
    await log.subscribe({
      group: 'g',
      topics: ['t.v1'],
      handle: async () => inTraceOf({}, 'effect', {}, async () => undefined),
    });
    const headers = await inNewTrace('post', {}, async () => traceHeaders());
    await log.publish([recordWith(headers)]);
    await inner.deliver();
    const [post] = await spansNamed('post');
    const [published] = await spansNamed('publish t.v1');
    const [handled] = await spansNamed('handle g');
    const [effect] = await spansNamed('effect');
    expect(published).toMatchObject({ traceId: post?.traceId, parentSpanId: post?.spanId });
    expect(handled).toMatchObject({ traceId: post?.traceId, parentSpanId: published?.spanId });
    expect(effect).toMatchObject({ traceId: post?.traceId, parentSpanId: handled?.spanId });
  });

  test('shows a batch in the trace of each of its records, and the work in the first', async () => {
    const inner = createBatchLog();
    const log = observedLog(inner);
    await log.subscribe({
      group: 'g2',
      topics: ['t.v1'],
      handle: async () => inTraceOf({}, 'work', {}, async () => undefined),
    });
    for (const name of ['one', 'two']) {
      const headers = await inNewTrace(name, {}, async () => traceHeaders());
      await log.publish([recordWith(headers), recordWith(headers)]);
    }
    await log.publish([recordWith({})]);
    await inner.deliver();
    const [one] = await spansNamed('one');
    const [two] = await spansNamed('two');
    const [first, second, ...more] = await spansNamed('handle g2');
    expect([first?.traceId, second?.traceId]).toEqual([one?.traceId, two?.traceId]);
    expect(more).toEqual([]);
    expect(second?.links).toEqual([{ traceId: first?.traceId, spanId: first?.spanId }]);
    expect((await spansNamed('work')).map(({ parentSpanId }) => parentSpanId)).toEqual([first?.spanId]);
  });

  test('counts what goes through it and what goes wrong', async () => {
    const inner = createBatchLog();
    const log = observedLog(inner);
    await log.subscribe({ group: 'counted', topics: ['t.v1'], handle: async () => undefined });
    await log.publish([recordWith({}), recordWith({})]);
    await inner.deliver();
    const where = { topic: 't.v1', partition: 0, error: null };
    inner.tell({ kind: 'paused', ...where });
    inner.tell({ kind: 'retried', ...where, offset: 1n });
    inner.tell({ kind: 'dead', ...where, offset: 1n });
    const text = await metricsText();
    const labels = 'group="counted",topic="t.v1"';
    expect(text).toContain(`starling_log_handled_total{${labels}} 2`);
    expect(text).toContain(`starling_log_paused_partitions{${labels}} 1`);
    expect(text).toContain(`starling_log_retried_total{${labels}} 1`);
    expect(text).toContain(`starling_log_dead_total{${labels}} 1`);
    expect(text).toContain('starling_log_delay_seconds_bucket{le="0.5",group="counted"} 0');
    expect(text).toContain('starling_log_delay_seconds_count{group="counted"} 1');
  });

  test('leaves what the log can do beyond', () => {
    const record = {} as LogRecord;
    expect(observedLog({ ...createBatchLog(), read: () => record }).read()).toBe(record);
  });
});

test('observed push carries the publisher’s trace to the event that a listener makes of it', async () => {
  const pubsub = observedPubSub(createEmbeddedPubSub());
  const messages = await pubsub.subscribe(['c']);
  const lengths = withTraces(
    (async function* () {
      for await (const { payload } of messages) yield payload.length;
    })(),
  );
  await inNewTrace('post', {}, () => pubsub.publish(['c'], 'four'));
  await pubsub.publish(['c'], 'fives');
  const [announced] = await spansNamed('announce');
  const { value: traced } = await lengths.next();
  expect(traced).toMatchObject({ event: 4, trace: { traceparent: expect.stringContaining(announced?.spanId ?? '-') } });
  expect((await lengths.next()).value).toEqual({ event: 5, trace: {} });
  expect(pubsub.channelCount()).toBe(1);
  await pubsub.close();
});

test('an observed cache counts hits and misses by owner and kind', async () => {
  const cache = observedCache(createEmbeddedCache());
  const load = async (missing: readonly string[]) => new Map(missing.map((key) => [key, key]));
  await cache.getOrLoadMany(['owner:kind:1', 'owner:kind:2'], load, { ttlMs: 1_000 });
  await cache.getOrLoadMany(['owner:kind:1', 'owner:kind:2', 'owner:kind:3'], load, { ttlMs: 1_000 });
  expect(await cache.getOrLoad('owner:kind:3', async () => 'other', { ttlMs: 1_000 })).toBe('owner:kind:3');
  const text = await metricsText();
  expect(text).toContain('starling_cache_reads_total{cache="owner:kind",result="miss"} 3');
  expect(text).toContain('starling_cache_reads_total{cache="owner:kind",result="hit"} 3');
});

test('statements are timed and traced, and pools show how they are used', async () => {
  const database = await createTestDatabase();
  const pool = createPool({ url: database.url, name: 'observed', max: 3 });
  await inNewTrace('request', {}, async () => {
    await pool.query('SELECT $1::text', ['secret']);
    const client = await pool.connect();
    await expect(client.query('SELECT nothing')).rejects.toThrow('nothing');
    client.release();
  });
  const text = await metricsText();
  expect(text).toContain('starling_sql_seconds_count{pool="observed"} 2');
  expect(text).toContain('starling_sql_errors_total{pool="observed"} 1');
  expect(text).toContain('starling_sql_pool_connections{pool="observed",state="idle"} 1');
  expect(text).toContain('starling_sql_pool_max_connections{pool="observed"} 3');
  const spans = await spansNamed('SELECT');
  expect(spans.map(({ hasFailed, attributes }) => [hasFailed, attributes['db.query.text']])).toEqual([
    [false, 'SELECT $1::text'],
    [true, 'SELECT nothing'],
  ]);
  await pool.end();
  expect(await metricsText()).not.toContain('starling_sql_pool_max_connections{pool="observed"}');
  await database.drop();
});
