import type { Attributes, Span } from '@opentelemetry/api';
import type { LogRecord } from '../event-log/port.ts';
import { endSpan, inTraceOf, isTracing, startSpanIn, within, type TraceHeaders } from './tracing.ts';

/**
 * Runs a batch's work in the traces of its records: each trace that is recorded gets a span for as long as the work takes. What
 * the work does is seen in the first of them; the others link to it.
 */
export function inTracesOf<Result>(
  batch: readonly Pick<LogRecord, 'headers'>[],
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!isTracing()) return work();
  const [headers, ...others] = tracesIn(batch);
  if (headers === undefined) return work();
  return others.length === 0
    ? inTraceOf(headers, name, attributes, work, { kind: 'consumer' })
    : inAll([headers, ...others], { name, attributes }, work);
}

type SpanToBe = { name: string; attributes: Attributes };

async function inAll<Result>(
  traces: readonly TraceHeaders[],
  { name, attributes }: SpanToBe,
  work: () => Promise<Result>,
): Promise<Result> {
  let first: Span | undefined;
  const spans = traces.flatMap((headers) => {
    const links = first ? [{ context: first.spanContext() }] : [];
    const span = startSpanIn(headers, name, attributes, { kind: 'consumer', links });
    first ??= span ?? undefined;
    return span ?? [];
  });
  if (first === undefined) return work();
  try {
    const result = await within(first, work);
    for (const span of spans) endSpan(span);
    return result;
  } catch (error) {
    for (const span of spans) endSpan(span, { error });
    throw error;
  }
}

/** One a trace: of a post come several records. */
function tracesIn(batch: readonly Pick<LogRecord, 'headers'>[]): TraceHeaders[] {
  const traces = new Map<string, TraceHeaders>();
  for (const { headers } of batch) {
    const { traceparent, tracestate } = headers;
    if (traceparent === undefined) continue;
    const traceId = traceparent.split('-')[1] ?? '';
    if (!traces.has(traceId)) traces.set(traceId, { traceparent, ...(tracestate ? { tracestate } : {}) });
  }
  return [...traces.values()];
}
