import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTracing, type Tracing } from '@starling/kit/telemetry/tracing.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '@starling/kit/testing/otlp-receiver.ts';
import { post, register, relate, watch } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let collector: OtlpReceiver;
let tracing: Tracing | undefined;
let stack: TestStack;

beforeAll(async () => {
  collector = await startOtlpReceiver();
  const { endpoint } = collector;
  stack = await startTestStack({ otel: { exporterOtlpEndpoint: endpoint, tracesSamplerArg: 1 } });
  if (stack.kind === 'embedded')
    tracing = await startTracing({ service: 'starling', namespace: 'test', endpoint, sampleRatio: 1 });
});
afterAll(async () => {
  await stack?.stop();
  await tracing?.shutdown();
  await collector?.close();
});

/** What a post must have gone through, in whatever order it ends. */
const HOPS = [
  'mutation PostTweet',
  'fetch tweets',
  'subgraph tweets',
  'INSERT',
  'append to outbox',
  'publish tweet.v1',
  'handle timeline-fanout',
  'handle search-tweets',
  'write tweets',
  'announce',
  'subgraph timeline',
  'push',
];
/** What it goes through where every kind of process is one of its own, with Redis between them. */
const HOPS_BETWEEN = ['Graph/StreamFollowers', 'EVALSHA'];
const PROCESSES = ['gateway', 'tweets', 'worker', 'timeline', 'graph', 'users'];

test('a post is one trace, from the door through store, log and consumers to a follower’s socket', async () => {
  const [ada, bob] = await Promise.all([register(stack, 'ada'), register(stack, 'bob')]);
  await relate(bob, 'follow', ada);
  const feed = await watch(stack, bob, 'HomeTimelineUpdates');
  await post(ada, 'Follow me through all of it, @bob #traced');
  expect((await feed.next()).errors).toBeUndefined();
  await feed.close();
  await stack.drain();

  const spans = await vi.waitFor(
    async () => {
      await tracing?.flush();
      const trace = collector.spans.filter(({ traceId }) => traceId === postOf(collector.spans)?.traceId);
      const names = new Set(trace.map(({ name }) => name));
      expect([...names]).toEqual(expect.arrayContaining(stack.kind === 'servers' ? [...HOPS, ...HOPS_BETWEEN] : HOPS));
      return trace;
    },
    { timeout: 30_000, interval: 200 },
  );
  expect(spans.filter(({ hasFailed }) => hasFailed).map(({ name }) => name)).toEqual([]);
  for (const name of ['INSERT', 'write tweets', 'push']) expect(pathTo(spans, name).at(-1)).toBe('mutation PostTweet');
  expect(pathTo(spans, 'push')).toEqual(
    expect.arrayContaining(['publish tweet.v1', 'append to outbox', 'subgraph tweets']),
  );
  if (stack.kind === 'servers')
    expect([...new Set(spans.map(({ service }) => service))]).toEqual(expect.arrayContaining(PROCESSES));
});

test('the door alone begins traces: what polls in the background has none', () => {
  const roots = collector.spans.filter(({ parentSpanId }) => parentSpanId === '');
  expect(roots.length).toBeGreaterThan(3);
  for (const { name } of roots) expect(name).toMatch(/^(query|mutation|POST)/);
});

function postOf(spans: readonly ReceivedSpan[]): ReceivedSpan | undefined {
  return spans.find(({ name }) => name === 'mutation PostTweet');
}

/** From the last span of that name up to where the trace begins. */
function pathTo(spans: readonly ReceivedSpan[], name: string): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const path: string[] = [];
  for (let span = spans.findLast((one) => one.name === name); span; span = byId.get(span.parentSpanId))
    path.push(span.name);
  return path;
}
