import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

export type TracingOptions = {
  /** As traces name the process: `gateway`, `tweets`, `worker`. */
  service: string;
  /** Of the installation: several may send to one collector. */
  namespace: string;
  /** Base address of an OTLP/HTTP collector, such as `http://localhost:4318`. Null: tracing is off. */
  endpoint: string | null;
  /** Share of traces that are recorded, 0 to 1; decided where a trace begins and kept along its way. Default 0.1. */
  sampleRatio?: number;
  /** Told when the collector cannot be reached. */
  logger?: { warn(fields: object, message: string): void };
};

export type Tracing = {
  /** Resolves when everything recorded so far was sent, or given up. */
  flush(): Promise<void>;
  /** Sends what is left, and turns tracing off. */
  shutdown(): Promise<void>;
};

/** W3C `traceparent` (and `tracestate`), as it travels in headers of any kind; empty outside of a trace. */
export type TraceHeaders = Readonly<Record<string, string>>;

export type SpanOptions = {
  /** Which end of a call or message it is; without it, work inside a process. */
  kind?: 'client' | 'server' | 'producer' | 'consumer';
  links?: Link[];
};

const KINDS = {
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

const NO_HEADERS: TraceHeaders = Object.freeze({});
const DEFAULT_SAMPLE_RATIO = 0.1;

let tracer: Tracer | null = null;

/**
 * By OpenTelemetry's own names: OTEL_EXPORTER_OTLP_ENDPOINT, without which nothing is traced, and OTEL_TRACES_SAMPLER_ARG.
 * Throws if that is no share.
 */
export function tracingOptions(env: Readonly<Record<string, string | undefined>>) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = env;
  const sampleRatio = ratio ? Number(ratio) : DEFAULT_SAMPLE_RATIO;
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) throw new Error('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1');
  return { endpoint: endpoint || null, sampleRatio };
}

/** Once a process; everything below does next to nothing until then, and after `shutdown`. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint, sampleRatio = DEFAULT_SAMPLE_RATIO } = options;
  if (endpoint === null) return { flush: async () => undefined, shutdown: async () => undefined };
  // Loaded only where it is wanted: it takes longer to load than all else here together.
  const { openTracer } = await import('./open-tracer.ts');
  const opened = openTracer({ ...options, endpoint, sampleRatio });
  tracer = opened.tracer;
  return {
    flush: opened.flush,
    async shutdown() {
      tracer = null;
      await opened.close();
    },
  };
}

/**
 * Runs `work` in a span of the current trace; outside of a trace it just runs. What `work` rejects with marks the span as
 * failed, by the error's name and code alone.
 */
export function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
  options?: SpanOptions,
): Promise<Result> {
  if (tracer === null) return work();
  const parent = context.active();
  return isRecordedIn(parent) ? runInSpan(tracer, parent, { name, attributes, ...options }, work) : work();
}

/** Begins a trace, or leaves it out, as its share of all is. Only the door does: what runs by itself would drown what was asked. */
export function inNewTrace<Result>(name: string, attributes: Attributes, work: () => Promise<Result>): Promise<Result> {
  return tracer === null ? work() : runInSpan(tracer, ROOT_CONTEXT, { name, attributes, kind: 'server' }, work);
}

/** As `inSpan`, for work that goes on with what began elsewhere, as its `headers` say; without them, with the current trace. */
export function inTraceOf<Result>(
  headers: Readonly<Record<string, unknown>>,
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
  options?: SpanOptions,
): Promise<Result> {
  if (tracer === null) return work();
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  if (trace.getSpanContext(parent) === undefined) return inSpan(name, attributes, work, options);
  if (!isRecordedIn(parent)) return context.with(parent, work);
  return runInSpan(tracer, parent, { name, attributes, ...options }, work);
}

/** Runs `work` within a span that somebody else ends. */
export function within<Result>(span: Span, work: () => Promise<Result>): Promise<Result> {
  return context.with(trace.setSpan(ROOT_CONTEXT, span), work);
}

/** Whether this process traces at all. */
export function isTracing(): boolean {
  return tracer !== null;
}

/** What whoever is asked next needs to go on with this trace. */
export function traceHeaders(): TraceHeaders {
  return tracer === null ? NO_HEADERS : headersOf(context.active());
}

/**
 * A span without anything inside, such as a statement; null unless the current span is recorded, so that what polls in the
 * background begins no traces. To be ended by `endSpan`.
 */
export function startLeafSpan(name: string, attributes: Attributes): Span | null {
  if (tracer === null || !isRecordedIn(context.active())) return null;
  return tracer.startSpan(name, { attributes, kind: SpanKind.CLIENT });
}

/** A span in a trace that began elsewhere; null if that trace is not recorded. */
export function startSpanIn(
  headers: TraceHeaders,
  name: string,
  attributes: Attributes,
  options: SpanOptions,
): Span | null {
  if (tracer === null) return null;
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  return isRecordedIn(parent) ? start(tracer, parent, { name, attributes, ...options }) : null;
}

/** Headers that make a span the parent of what follows. */
export function headersOfSpan(span: Span): TraceHeaders {
  return headersOf(trace.setSpan(ROOT_CONTEXT, span));
}

export function endSpan(span: Span, outcome?: { error: unknown }): void {
  if (outcome) {
    const { name = 'Error', code } = (outcome.error ?? {}) as { name?: string; code?: unknown };
    const message = typeof code === 'string' || typeof code === 'number' ? `${name} ${code}` : name;
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
}

/** Names the current span and says more about it, once more is known. */
export function describeSpan(name: string, attributes: Attributes): void {
  if (tracer === null) return;
  trace.getActiveSpan()?.updateName(name).setAttributes(attributes);
}

/** For log lines; nothing outside of a trace. */
export function traceIds(): { trace_id?: string; span_id?: string } {
  const span = tracer === null ? undefined : trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

type SpanToBe = SpanOptions & { name: string; attributes: Attributes };

async function runInSpan<Result>(
  by: Tracer,
  parent: Context,
  toBe: SpanToBe,
  work: () => Promise<Result>,
): Promise<Result> {
  const span = start(by, parent, toBe);
  try {
    const result = await context.with(trace.setSpan(parent, span), work);
    endSpan(span);
    return result;
  } catch (error) {
    endSpan(span, { error });
    throw error;
  }
}

function start(by: Tracer, parent: Context, { name, kind, ...rest }: SpanToBe): Span {
  return by.startSpan(name, { ...rest, kind: kind ? KINDS[kind] : SpanKind.INTERNAL }, parent);
}

/** There is a trace, and it was not left out. */
function isRecordedIn(parent: Context): boolean {
  const span = trace.getSpanContext(parent);
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0;
}

function headersOf(current: Context): TraceHeaders {
  if (trace.getSpanContext(current) === undefined) return NO_HEADERS;
  const headers: Record<string, string> = {};
  propagation.inject(current, headers);
  return headers;
}
