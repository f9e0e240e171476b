import type { EventLog, Incident, LogRecord, NewRecord, RecordPosition, SubscribeOptions } from '../event-log/port.ts';
import * as metrics from './metrics.ts';
import { isMeasuring, secondsSince } from './registry.ts';
import { endSpan, headersOfSpan, startSpanIn } from './tracing.ts';
import { inTracesOf } from './traces-of-batch.ts';

type Observable = Pick<EventLog, 'publish' | 'subscribe'>;

/**
 * The same log, counted and traced: what is published is published in the trace that its headers name, and what is handled
 * goes on with that trace.
 */
export function observedLog<Log extends Observable>(log: Log): Log {
  return {
    ...log,
    publish: (records: readonly NewRecord[]) => (records.length === 0 ? log.publish(records) : publish(log, records)),
    subscribe: (options: SubscribeOptions) => log.subscribe(observed(options)),
  };
}

async function publish(log: Observable, records: readonly NewRecord[]): Promise<RecordPosition[]> {
  const traced = records.map(withSpan);
  const spans = traced.flatMap(({ span }) => span ?? []);
  try {
    const positions = await log.publish(traced.map(({ record }) => record));
    for (const span of spans) endSpan(span);
    count(records, metrics.logPublished);
    return positions;
  } catch (error) {
    for (const span of spans) endSpan(span, { error });
    count(records, metrics.logPublishFailures);
    throw error;
  }
}

/** The record's consumers go on from its publishing. */
function withSpan(record: NewRecord) {
  const { topic, headers } = record;
  if (headers['traceparent'] === undefined) return { record, span: null };
  const attributes = { 'messaging.destination.name': topic };
  const span = startSpanIn(headers, `publish ${topic}`, attributes, { kind: 'producer' });
  return { record: span ? { ...record, headers: { ...headers, ...headersOfSpan(span) } } : record, span };
}

function count(records: readonly NewRecord[], counter: typeof metrics.logPublished): void {
  if (!isMeasuring()) return;
  for (const [topic, ofTopic] of Map.groupBy(records, (record) => record.topic)) counter.inc({ topic }, ofTopic.length);
}

function observed(options: SubscribeOptions): SubscribeOptions {
  const { group, handle, onIncident } = options;
  return {
    ...options,
    handle: (batch) => (isMeasuring() ? measured(group, batch, () => traced(group, batch, handle)) : handle(batch)),
    onIncident(incident) {
      countIncident(group, incident);
      onIncident?.(incident);
    },
  };
}

async function measured(group: string, batch: readonly LogRecord[], work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const [oldest] = batch;
  await work();
  metrics.logBatchSeconds.observe({ group }, secondsSince(began));
  metrics.logBatchSizes.observe({ group }, batch.length);
  metrics.logHandled.inc({ group, topic: oldest?.topic ?? '' }, batch.length);
  // Clocks of other machines may be ahead.
  if (oldest) metrics.logDelaySeconds.observe({ group }, Math.max(0, Date.now() - oldest.appendedAt) / 1_000);
}

function traced(group: string, batch: readonly LogRecord[], handle: SubscribeOptions['handle']): Promise<void> {
  const attributes = {
    'messaging.consumer.group.name': group,
    'messaging.destination.name': batch[0]?.topic ?? '',
    'messaging.batch.message_count': batch.length,
  };
  return inTracesOf(batch, `handle ${group}`, attributes, () => handle(batch));
}

function countIncident(group: string, { kind, topic }: Incident): void {
  switch (kind) {
    case 'paused':
      return metrics.logPaused.inc({ group, topic });
    case 'resumed':
      return metrics.logPaused.dec({ group, topic });
    case 'retried':
      return metrics.logRetried.inc({ group, topic });
    case 'dead':
      return metrics.logDead.inc({ group, topic });
  }
}
