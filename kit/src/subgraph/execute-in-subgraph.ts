import {
  createSourceEventStream,
  execute,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import { withinDeadline } from '../deadline.ts';
import { createLogger, type ErrorLog } from '../logger.ts';
import { mapIterator } from '../map-iterator.ts';
import { maskUnexpected, presentError, type ErrorFrame } from '../present-error.ts';
import { PRIMARY_ONLY } from '../postgres/read-router.ts';
import type { CallContext } from '../principal.ts';
import { withTraces } from '../telemetry/event-trace.ts';
import { observeOperation } from '../telemetry/observe-operation.ts';
import { traceHeaders, type TraceHeaders } from '../telemetry/tracing.ts';
import { DocumentRefused, findOperation, prepareDocument } from './documents.ts';
import type { Subgraph } from './port.ts';
import { runMutation } from './run-mutation.ts';

/** One operation: its text, or a document that its owner keeps (validated once per schema). */
export type SubgraphRequest = {
  query?: string;
  document?: DocumentNode;
  variables?: Readonly<Record<string, unknown>> | null;
  operationName?: string | null;
};

/** Errors are presented already: coded, masked, logged. */
export type SubgraphResponse<Data = Record<string, unknown>> = {
  data?: Data | null;
  errors?: readonly GraphQLFormattedError[];
  /** Of an event, where it belongs to a trace: what is done with it goes on with that. */
  extensions?: { trace?: TraceHeaders };
};

export type ExecutionOptions = { logger?: ErrorLog };
export type SubscriptionOptions = ExecutionOptions & {
  /** Time for the answer to one event. Default 10 s. */ eventTimeoutMs?: number;
};

/** Runs a query or mutation inside this process, in a context of its own, within the call's deadline. Never rejects. */
export function executeInSubgraph<Data = Record<string, unknown>>(
  subgraph: Subgraph,
  request: SubgraphRequest,
  call: CallContext,
  { logger = defaultLogger() }: ExecutionOptions = {},
): Promise<SubgraphResponse<Data>> {
  return observeOperation(subgraph.name, request, call, () => run<Data>(subgraph, request, call, logger));
}

async function run<Data>(
  subgraph: Subgraph,
  request: SubgraphRequest,
  call: CallContext,
  logger: ErrorLog,
): Promise<SubgraphResponse<Data>> {
  const frame = { requestId: call.requestId, logger };
  try {
    const document = prepareDocument(subgraph.schema, request);
    const { operation } = findOperation(document, request.operationName, QUERY_OR_MUTATION);
    const read = async (inner: CallContext) => execute(argumentsOf(subgraph, document, request, inner));
    const isChange = operation === OperationTypeNode.MUTATION;
    return present<Data>(await (isChange ? runMutation(subgraph, call, read) : withinDeadline(call, read)), frame);
  } catch (error) {
    return { errors: presentRefusal(error, frame) };
  }
}

/**
 * Opens a subscription inside this process. Answers with its results, or with the errors that keep it from standing.
 * The call's deadline bounds the opening; each event then runs in a new context with a deadline of its own, so that
 * nothing a loader remembers outlives the event. `return()` of the iterator ends it. When the source breaks, the iterator
 * rejects with a StarlingError: events may have been lost, and whoever listens should read anew.
 */
export async function subscribeInSubgraph<Data = Record<string, unknown>>(
  subgraph: Subgraph,
  request: SubgraphRequest,
  call: CallContext,
  { logger = defaultLogger(), eventTimeoutMs = 10_000 }: SubscriptionOptions = {},
): Promise<AsyncIterableIterator<SubgraphResponse<Data>> | SubgraphResponse<Data>> {
  const frame = { requestId: call.requestId, logger };
  try {
    const document = prepareDocument(subgraph.schema, request);
    findOperation(document, request.operationName, SUBSCRIPTION);
    const opening = argumentsOf(subgraph, document, request, call);
    const source = await openSource(call, opening);
    if (!(Symbol.asyncIterator in source)) return present<Data>(source, frame);
    const answer = async (rootValue: unknown) => {
      // What the viewer has done since the subscription was opened is in nothing that the call says.
      const eventCall = { ...call, deadline: Date.now() + eventTimeoutMs, consistency: PRIMARY_ONLY };
      const perform = async (inner: CallContext) =>
        execute({ ...argumentsOf(subgraph, document, request, inner), rootValue });
      return { ...present<Data>(await withinDeadline(eventCall, perform), frame), ...ownTrace() };
    };
    const answerOrRefuse = (event: unknown) =>
      answer(event).catch((error: unknown) => ({ errors: presentRefusal(error, frame) }));
    return mapIterator(withTraces(source[Symbol.asyncIterator]()), {
      map: ({ event, trace }) => observeOperation(subgraph.name, request, { trace }, () => answerOrRefuse(event)),
      mapError: (error) => maskUnexpected(error, frame),
    });
  } catch (error) {
    return { errors: presentRefusal(error, frame) };
  }
}

type Source = AsyncIterable<unknown> | ExecutionResult;

/** One that stands only when the deadline has passed is ended: nobody is there who could. */
async function openSource(call: CallContext, opening: ReturnType<typeof argumentsOf>): Promise<Source> {
  let source: Promise<Source> | undefined;
  try {
    return await withinDeadline(call, () => (source = createSourceEventStream(opening)));
  } catch (error) {
    // What keeps it from standing, or from ending, nobody waits for.
    source?.then(endSource).catch(() => undefined);
    throw error;
  }
}

async function endSource(source: Source): Promise<void> {
  if (Symbol.asyncIterator in source) await source[Symbol.asyncIterator]().return?.();
}

function ownTrace(): Pick<SubgraphResponse, 'extensions'> {
  const trace = traceHeaders();
  return trace['traceparent'] === undefined ? {} : { extensions: { trace } };
}

const QUERY_OR_MUTATION = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];
const SUBSCRIPTION = [OperationTypeNode.SUBSCRIPTION];

/** The form both graphql-js entry points take. */
function argumentsOf(subgraph: Subgraph, document: DocumentNode, request: SubgraphRequest, call: CallContext) {
  return {
    schema: subgraph.schema,
    document,
    variableValues: request.variables,
    operationName: request.operationName,
    contextValue: subgraph.createContext(call),
  };
}

function present<Data>(result: ExecutionResult, frame: ErrorFrame): SubgraphResponse<Data> {
  if (!result.errors) return { data: result.data as Data };
  const errors = result.errors.map((error) => presentError(error, frame));
  return 'data' in result ? { data: result.data as Data | null, errors } : { errors };
}

function presentRefusal(error: unknown, frame: ErrorFrame): readonly GraphQLFormattedError[] {
  return error instanceof DocumentRefused ? error.errors : [presentError(error, frame)];
}

let fallback: ErrorLog | undefined;
function defaultLogger(): ErrorLog {
  return (fallback ??= createLogger({ name: 'subgraph' }));
}
