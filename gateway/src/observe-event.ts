import type { ExecutionResult } from 'graphql';
import { liveEvents } from '@starling/kit/telemetry/metrics.ts';
import { inTraceOf, type TraceHeaders } from '@starling/kit/telemetry/tracing.ts';

/** Counts an event on its way to a subscriber, and shows it in the trace of whatever it tells of. */
export async function observeEvent<Result extends ExecutionResult>(
  trace: TraceHeaders = {},
  complete: () => Promise<Result>,
): Promise<Result> {
  const result = await inTraceOf(trace, 'push', {}, complete);
  liveEvents.inc({ result: result.errors ? 'failed' : 'pushed' });
  return result;
}
