import { randomUUID } from 'node:crypto';
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
} from 'graphql';
import type { ServerOptions, SubscribePayload } from 'graphql-ws';
import { LRUCache } from 'lru-cache';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { TransportCode } from '@starling/kit/errors.ts';
import type { Execute } from './apollo.ts';
import { badRequest } from './bad-request.ts';
import { clientAddress } from './client-address.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { CheckLimits, Limits } from './limits.ts';
import type { LiveEdge, LiveResult } from './live-edge.ts';
import type { LiveSession } from './live-session.ts';
import { countRefusal } from './observe-operations.ts';
import type { PresentError } from './present-errors.ts';

export type OperationOptions = {
  schema: GraphQLSchema;
  limits: Limits;
  checkLimits: CheckLimits;
  liveEdge: LiveEdge;
  execute: Execute;
  presentError: PresentError;
  requestTimeoutMs: number;
  /** Operations of one socket at a time. */
  maxSocketOperations: number;
  trustedProxies: number;
};

type Hooks = ServerOptions<Record<string, unknown> | undefined, LiveSession>;
type Prepared = GatewayContext & { session: LiveSession; id: string; query: string };

/** What runs when a client subscribes: subscriptions through the live edge, all else as over HTTP. */
export function createSocketOperations(
  options: OperationOptions,
): Pick<Hooks, 'onSubscribe' | 'execute' | 'subscribe' | 'onError' | 'onNext' | 'onComplete'> {
  const read = createReader(options);
  return {
    onSubscribe: ({ extra }, id, payload) => prepare(extra, { id, ...payload }, read, options),
    execute: (args) => runOnce(args, options),
    subscribe: (args) => runLive(args, options),
    onError(_context, _id, _payload, errors) {
      const told = errors.map((error) => options.presentError(error, randomUUID()));
      countRefusal(told);
      return told;
    },
    // Its errors are presented already; the default takes them for instances of GraphQLError.
    onNext: (_context, _id, _payload, _args, result) => result,
    onComplete: ({ extra }, id) => extra.answered(id),
  };
}

type Document =
  { document: DocumentNode; errors: readonly GraphQLError[] } | { document: null; errors: [GraphQLError] };

/** Characters of documents that are remembered; parsed, they take a multiple of it. */
const MAX_REMEMBERED = 1_000_000;

function createReader({ schema, limits }: OperationOptions): (query: string) => Document {
  const documents = new LRUCache<string, Document>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: (_, query) => query.length + 1,
  });
  return (query) => {
    const document = documents.get(query) ?? readDocument(query, schema, limits);
    documents.set(query, document);
    return document;
  };
}

function readDocument(query: string, schema: GraphQLSchema, { maxTokens }: Limits): Document {
  try {
    const document = parse(query, { maxTokens });
    const errors = validate(schema, document, specifiedRules).map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
    return { document, errors };
  } catch (error) {
    if (error instanceof GraphQLError) return { document: null, errors: [coded(error, 'GRAPHQL_PARSE_FAILED')] };
    throw error;
  }
}

function coded(originalError: GraphQLError, code: TransportCode): GraphQLError {
  const { message, nodes, source, positions } = originalError;
  return new GraphQLError(message, { nodes, source, positions, originalError, extensions: { code } });
}

function prepare(
  session: LiveSession,
  { id, query, variables, operationName }: SubscribePayload & { id: string },
  read: (query: string) => Document,
  options: OperationOptions,
): ExecutionArgs | readonly GraphQLError[] {
  if (session.running() >= options.maxSocketOperations)
    return [badRequest(`At most ${options.maxSocketOperations} operations at a time`, { code: 'RATE_LIMITED' })];
  const { document, errors } = read(query);
  if (document === null || errors.length > 0) return errors;
  const operation = getOperationAST(document, operationName);
  if (!operation) return [badRequest('There is no such operation, or several and no operationName.')];
  try {
    if (operation.operation === OperationTypeNode.SUBSCRIPTION)
      options.checkLimits({ document, operationName, variables });
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
  session.begin();
  const contextValue: Prepared = { call: callOf(session, options), session, id, query };
  const { schema } = options;
  return { schema, document, variableValues: variables ?? {}, operationName: operationName ?? null, contextValue };
}

function runOnce({ contextValue, variableValues, operationName }: ExecutionArgs, { execute }: OperationOptions) {
  const { call, session, id, query } = contextValue as Prepared;
  const operation = { query, variables: { ...variableValues }, ...(operationName ? { operationName } : {}) };
  return session.answer(id, () => execute(operation, { call }));
}

async function runLive(args: ExecutionArgs, options: OperationOptions) {
  const { document, variableValues, operationName } = args;
  const { session, call } = args.contextValue as Prepared;
  const present = (result: LiveResult) => presentAll(result, call.requestId, options.presentError);
  const live = { document, operationName, variables: { ...variableValues } };
  try {
    const freshCall = () => ({ ...callOf(session, options), requestId: call.requestId });
    const updates = await session.run(() => options.liveEdge.subscribe(live, freshCall));
    if (!(Symbol.asyncIterator in updates)) return present(updates);
    return session.hold(mapIterator(updates, { map: present, lastOnError: () => leaveWithout(session) }));
  } catch (error) {
    return present({ errors: [error as GraphQLError] });
  }
}

/** Its events may have a gap from now on: the client is to come anew, and to read what it has missed. */
async function leaveWithout(session: LiveSession): Promise<null> {
  await session.leave();
  return null;
}

function presentAll(result: LiveResult, requestId: string, presentError: PresentError): LiveResult {
  if (!result.errors) return result;
  return {
    ...result,
    errors: result.errors.map((error) => presentError(error, requestId)) as unknown as GraphQLError[],
  };
}

function callOf(session: LiveSession, { requestTimeoutMs, trustedProxies }: OperationOptions): CallContext {
  return {
    principal: session.principal(),
    deadline: Date.now() + requestTimeoutMs,
    requestId: randomUUID(),
    clientAddress: clientAddress(session.request, trustedProxies),
    userAgent: session.request.headers['user-agent'] ?? null,
  };
}
