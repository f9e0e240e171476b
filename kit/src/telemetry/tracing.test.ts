import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startOtlpReceiver, type OtlpReceiver } from '../testing/otlp-receiver.ts';
import {
  describeSpan,
  endSpan,
  headersOfSpan,
  inNewTrace,
  inSpan,
  inTraceOf,
  startLeafSpan,
  startSpanIn,
  startTracing,
  traceHeaders,
  traceIds,
  type Tracing,
} from './tracing.ts';

let collector: OtlpReceiver;
let tracing: Tracing | undefined;

beforeEach(async () => {
  collector = await startOtlpReceiver();
});
afterEach(async () => {
  await tracing?.shutdown();
  tracing = undefined;
  await collector.close();
});

async function start(sampleRatio?: number): Promise<void> {
  const { endpoint } = collector;
  tracing = await startTracing({ service: 'test', namespace: 'ns', endpoint, sampleRatio });
}

const asyncly = async <Value>(value: Value) => {
  await new Promise(setImmediate);
  return value;
};

async function received(name: string) {
  await tracing?.flush();
  const span = collector.spans.find((one) => one.name === name);
  if (!span) throw new Error(`No span ${name} among ${collector.spans.map((one) => one.name).join()}`);
  return span;
}

describe('tracing', () => {
  test('spans within spans make one trace', async () => {
    await start(1);
    const answer = await inNewTrace('outer', { size: 3 }, async () => {
      await asyncly(null);
      return inSpan('inner', {}, () => asyncly(42));
    });
    expect(answer).toBe(42);
    const [outer, inner] = [await received('outer'), await received('inner')];
    expect(outer).toMatchObject({ service: 'test', parentSpanId: '', attributes: { size: 3 }, hasFailed: false });
    expect(inner).toMatchObject({ traceId: outer.traceId, parentSpanId: outer.spanId });
  });

  test('what is asked elsewhere goes on in the same trace, by its headers', async () => {
    await start(1);
    const headers = await inNewTrace('here', {}, async () => traceHeaders());
    expect(headers['traceparent']).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
    await inTraceOf(headers, 'there', {}, () => asyncly(null));
    expect(await received('there')).toMatchObject({
      traceId: (await received('here')).traceId,
      parentSpanId: (await received('here')).spanId,
    });
  });

  test('without usable headers work goes on with the trace it is in, and begins none', async () => {
    await start(1);
    await inTraceOf({ traceparent: 'nonsense' }, 'alone', {}, () => asyncly(null));
    await inNewTrace('here', {}, () => inTraceOf({}, 'there', {}, () => asyncly(null)));
    expect(await received('there')).toMatchObject({ parentSpanId: (await received('here')).spanId });
    expect(collector.spans.map(({ name }) => name)).not.toContain('alone');
  });

  test('a failure marks its span by name and code, not by what it says', async () => {
    await start(1);
    const work = inNewTrace('broken', {}, async () => {
      throw Object.assign(new Error('mail of eve@example.org'), { code: '23505' });
    });
    await expect(work).rejects.toThrow('eve@example.org');
    expect(await received('broken')).toMatchObject({ hasFailed: true });
    expect(
      JSON.stringify(await received('broken'), (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('eve');
  });

  test('a span can be named once more is known', async () => {
    await start(1);
    await inNewTrace('request', {}, async () => describeSpan('query Home', { kind: 'query' }));
    expect(await received('query Home')).toMatchObject({ attributes: { kind: 'query' } });
  });

  test('a statement in the background begins no trace, one within a trace is seen', async () => {
    await start(1);
    expect(startLeafSpan('SELECT', {})).toBeNull();
    await inNewTrace('request', {}, async () => {
      const span = startLeafSpan('SELECT', {});
      if (span) endSpan(span);
    });
    expect(await received('SELECT')).toMatchObject({ parentSpanId: (await received('request')).spanId });
  });

  test('a span in a trace that began elsewhere can be the parent of what follows', async () => {
    await start(1);
    const before = await inNewTrace('append', {}, async () => traceHeaders());
    const span = startSpanIn(before, 'publish', {}, {});
    if (!span) throw new Error('No span');
    await inTraceOf(headersOfSpan(span), 'handle', {}, () => asyncly(null));
    endSpan(span);
    expect(await received('publish')).toMatchObject({ parentSpanId: (await received('append')).spanId });
    expect(await received('handle')).toMatchObject({ parentSpanId: (await received('publish')).spanId });
    expect(startSpanIn({}, 'nothing', {}, {})).toBeNull();
  });

  test('who is left out of the sample stays out along the whole way', async () => {
    await start(0);
    const headers = await inNewTrace('outer', {}, async () => {
      expect(startLeafSpan('SELECT', {})).toBeNull();
      return inSpan('inner', {}, async () => traceHeaders());
    });
    expect(headers['traceparent']).toMatch(/-00$/);
    await inTraceOf(headers, 'there', {}, async () => expect(traceHeaders()).toEqual(headers));
    await tracing?.flush();
    expect(collector.spans).toEqual([]);
  });

  test('the ids of the current span are there for logs', async () => {
    await start(1);
    expect(traceIds()).toEqual({});
    const ids = await inNewTrace('work', {}, async () => traceIds());
    const { traceId, spanId } = await received('work');
    expect(ids).toEqual({ trace_id: traceId, span_id: spanId });
  });
});

test('without a collector nothing is traced, and work runs as it is', async () => {
  tracing = await startTracing({ service: 'test', namespace: 'ns', endpoint: null });
  expect(await inNewTrace('work', {}, async () => traceHeaders())).toEqual({});
  expect(await inTraceOf({ traceparent: 'x' }, 'work', {}, async () => traceIds())).toEqual({});
  expect(startLeafSpan('SELECT', {})).toBeNull();
});

test('a collector that is away costs no work, and no more than its time at the end', async () => {
  const told: string[] = [];
  tracing = await startTracing({
    ...{ service: 'test', namespace: 'ns', endpoint: 'http://127.0.0.1:1', sampleRatio: 1 },
    logger: { warn: (_, message) => void told.push(message) },
  });
  expect(await inNewTrace('work', {}, () => asyncly('done'))).toBe('done');
  await tracing.shutdown();
  expect(told).toEqual(['Traces cannot be sent; those of the meantime are lost']);
  expect(traceHeaders()).toEqual({});
});
