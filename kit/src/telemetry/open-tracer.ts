import { context, propagation, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
} from '@opentelemetry/semantic-conventions';
import { hostname } from 'node:os';
import { spansLost } from './metrics.ts';

export type OpenTracerOptions = {
  service: string;
  namespace: string;
  endpoint: string;
  sampleRatio: number;
  logger?: { warn(fields: object, message: string): void };
};

export type OpenedTracer = { tracer: Tracer; flush(): Promise<void>; close(): Promise<void> };

/** Spans that may wait to be sent; what comes beyond them while the collector is away is dropped, and nobody waits. */
const MAX_WAITING = 8_192;
const SEND_EVERY_MS = 2_000;
const SEND_TIMEOUT_MS = 3_000;

/** A tracer that sends over OTLP/HTTP in batches, and the context of asynchronous work to go with it. */
export function openTracer(options: OpenTracerOptions): OpenedTracer {
  const { service, namespace, endpoint, sampleRatio, logger } = options;
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const exporter = countingLosses(new OTLPTraceExporter({ url, timeoutMillis: SEND_TIMEOUT_MS }), (error) =>
    logger?.warn({ error, url }, 'Traces cannot be sent; those of the meantime are lost'),
  );
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: service,
      [ATTR_SERVICE_NAMESPACE]: namespace,
      [ATTR_SERVICE_INSTANCE_ID]: `${hostname()}:${process.pid}`,
    }),
    sampler: new ParentBasedSampler({ root: atTheDoor(new TraceIdRatioBasedSampler(sampleRatio)) }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: MAX_WAITING,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SEND_TIMEOUT_MS,
      }),
    ],
  });
  provider.register();
  return {
    tracer: provider.getTracer('starling'),
    flush: () => provider.forceFlush().catch(alreadyTold),
    async close() {
      await provider.shutdown().catch(alreadyTold);
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

/** Libraries that trace by themselves add to a trace, and begin none. */
function atTheDoor(share: Sampler): Sampler {
  return {
    shouldSample: (...asked) =>
      asked[3] === SpanKind.SERVER ? share.shouldSample(...asked) : { decision: SamplingDecision.NOT_RECORD },
    toString: () => `AtTheDoor{${share.toString()}}`,
  };
}

/** A collector that goes away is told of once, and once more after it has been back. */
function countingLosses(exporter: SpanExporter, onAway: (error: unknown) => void): SpanExporter {
  let isAway = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const isLost = result.error !== undefined;
        if (isLost) spansLost.inc(spans.length);
        if (isLost && !isAway) onAway(result.error);
        isAway = isLost;
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Whatever could not be sent was counted and told of by the exporter. */
function alreadyTold(): void {}
