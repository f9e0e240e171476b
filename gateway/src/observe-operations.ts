import type { ApolloServerPlugin } from '@apollo/server';
import type { Request, Response } from 'express';
import { operationErrors, operations, operationSeconds } from '@starling/kit/telemetry/metrics.ts';
import { codeOf } from '@starling/kit/telemetry/observe-operation.ts';
import { isMeasuring, secondsSince } from '@starling/kit/telemetry/registry.ts';
import { describeSpan, inNewTrace, isTracing } from '@starling/kit/telemetry/tracing.ts';
import type { GatewayContext } from './gateway-context.ts';

/** Begins the trace of a request; what the client says of traces of its own is not taken over. */
export function traceRequest(_request: Request, response: Response, next: () => void): void {
  if (!isTracing()) {
    next();
    return;
  }
  const answered = () =>
    new Promise<void>((resolve) => {
      response.once('close', resolve);
      next();
    });
  void inNewTrace('POST /graphql', {}, answered);
}

/** Counts and times every query and mutation at the door, and names its span. */
export function observeOperations(): ApolloServerPlugin<GatewayContext> {
  return {
    // It was refused before anybody looked at what it asks.
    async contextCreationDidFail({ error }) {
      countRefusal([error as Coded]);
    },
    async requestDidStart() {
      if (!isMeasuring()) return;
      const began = performance.now();
      let type = 'unknown';
      return {
        async didResolveOperation({ operation, operationName, contextValue }) {
          type = operation?.operation ?? 'unknown';
          describeSpan(`${type} ${operationName ?? 'anonymous'}`.slice(0, MAX_NAME), {
            'graphql.operation.type': type,
            'starling.request_id': contextValue.call.requestId,
          });
        },
        async willSendResponse({ response: { body } }) {
          const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
          countErrors(errors);
          operations.inc({ type, outcome: errors.length > 0 ? 'error' : 'ok' });
          operationSeconds.observe({ type }, secondsSince(began));
        },
      };
    },
  };
}

/** A name is the client's: long enough to be told apart, and no label of a metric. */
const MAX_NAME = 100;

type Coded = { extensions?: { code?: unknown } };

/** Counts an operation that was not run. */
export function countRefusal(errors: readonly Coded[]): void {
  countErrors(errors);
  operations.inc({ type: 'unknown', outcome: 'error' });
}

/** Of each code one a request: a page with ten tombstones of an outage is one failure. */
function countErrors(errors: readonly Coded[]): void {
  for (const code of new Set(errors.map(({ extensions }) => codeOf(extensions)))) operationErrors.inc({ code });
}
