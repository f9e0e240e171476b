import type { IncomingMessage, Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import {
  GraphQLError,
  parse,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type ValidationRule,
  specifiedRules,
} from 'graphql';
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { LRUCache } from 'lru-cache';
import { WebSocketServer, type WebSocket } from 'ws';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { ANONYMOUS, type CallContext, type Principal } from '@starling/kit/principal.ts';
import { bearerToken } from './bearer.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { LiveEdge } from './live-edge.ts';
import type { Authenticate } from './principal-of-token.ts';
import { checkComplexity, type Limits } from './limits.ts';
import type { createPresentError } from './present-errors.ts';

type Extra = {
  socket: WebSocket;
  request: IncomingMessage;
  token?: string;
  principal?: Principal;
  guard?: NodeJS.Timeout;
};

export type WebSocketOptions = {
  server: Server;
  schema: GraphQLSchema;
  rules: readonly ValidationRule[];
  limits: Limits;
  liveEdge: LiveEdge;
  authenticate: Authenticate;
  /** Runs a query or mutation as HTTP would. */
  execute(
    operation: { query: string; variables: Record<string, unknown>; operationName?: string },
    context: GatewayContext,
  ): Promise<ExecutionResult>;
  presentError: ReturnType<typeof createPresentError>;
  requestTimeoutMs: number;
  /** How often an open socket's token is asked again: a revoked session loses its socket after this, at most. */
  recheckMs: number;
  logger: Logger;
};

/** graphql-transport-ws at /graphql. `dispose` closes every socket with 1001, so that clients reconnect elsewhere. */
export function serveWebSocket(options: WebSocketOptions): { dispose(): void | Promise<void> } {
  const sockets = new WebSocketServer({
    server: options.server,
    path: '/graphql',
    maxPayload: options.limits.maxBodyBytes,
  });
  const documents = new LRUCache<string, ReturnType<typeof readDocument>>({ max: 1_000 });
  const documentOf = (query: string) => {
    const held = documents.get(query) ?? readDocument(query, options);
    documents.set(query, held);
    return held;
  };
  return useServer<Record<string, unknown> | undefined, Extra>(
    {
      onConnect: (context) => admit(context, options),
      onClose: ({ extra }) => clearInterval((extra as Extra).guard),
      onSubscribe: (context, _id, payload) =>
        prepare(context.extra as Extra, payload, documentOf(payload.query), options),
      execute: (args) => runOnce(args, options),
      subscribe: (args) => runLive(args, options),
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => options.presentError(error.toJSON?.() ?? error, error)),
      onNext: (_context, _id, _payload, _args, result) =>
        result.errors
          ? { ...result, errors: result.errors.map((error) => options.presentError(toFormatted(error), error)) }
          : undefined,
    },
    sockets,
  );
}

type ContextOf = Context<Record<string, unknown> | undefined, Extra>;

/** False is answered with 4403; what can be said better is said in the close reason. */
async function admit({ connectionParams, extra }: ContextOf, options: WebSocketOptions): Promise<boolean> {
  try {
    const token = bearerToken(connectionParams?.['Authorization'] ?? connectionParams?.['authorization']);
    if (token === null) return true;
    const { principal } = await options.authenticate(token);
    Object.assign(extra, { token, principal });
    extra.guard = setInterval(() => void recheck(extra, token, options), options.recheckMs).unref();
    return true;
  } catch (error) {
    refuse(extra.socket, error, options.logger);
    return false;
  }
}

async function recheck(extra: Extra, token: string, { authenticate, logger }: WebSocketOptions): Promise<void> {
  try {
    extra.principal = (await authenticate(token)).principal;
  } catch (error) {
    if (error instanceof StarlingError && error.code === 'UNAVAILABLE') return;
    refuse(extra.socket, error, logger);
  }
}

function refuse(socket: WebSocket, error: unknown, logger: Logger): void {
  if (error instanceof StarlingError)
    return socket.close(CloseCode.Forbidden, `${error.code}: ${error.message}`.slice(0, 120));
  logger.error({ err: error }, 'A socket could not be authenticated');
  socket.close(CloseCode.InternalServerError, 'INTERNAL: Something went wrong on our side.');
}

type PreparedContext = GatewayContext & { extra: Extra; query: string };

function readDocument(query: string, { schema, rules, limits }: WebSocketOptions) {
  try {
    const document = parse(query, { maxTokens: limits.maxTokens });
    return {
      document,
      errors: validate(schema, document, [...specifiedRules, ...rules]).map(withCode('GRAPHQL_VALIDATION_FAILED')),
    };
  } catch (error) {
    if (error instanceof GraphQLError) return { document: null, errors: [withCode('GRAPHQL_PARSE_FAILED')(error)] };
    throw error;
  }
}

function prepare(
  extra: Extra,
  { query, variables, operationName }: SubscribePayload,
  { document, errors }: ReturnType<typeof readDocument>,
  options: WebSocketOptions,
): ExecutionArgs | readonly GraphQLError[] {
  if (document === null || errors.length > 0) return errors;
  try {
    checkComplexity({ schema: options.schema, document, operationName, variables: variables ?? {} }, options.limits);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
  const contextValue: PreparedContext = { call: callOf(extra, options), extra, query };
  return {
    schema: options.schema,
    document,
    variableValues: variables ?? {},
    operationName: operationName ?? null,
    contextValue,
  };
}

function runOnce(
  { contextValue, variableValues, operationName }: ExecutionArgs,
  options: WebSocketOptions,
): Promise<ExecutionResult> {
  const { call, query } = contextValue as PreparedContext;
  return options.execute(
    { query, variables: { ...variableValues }, ...(operationName ? { operationName } : {}) },
    { call },
  );
}

async function runLive(
  { document, contextValue, variableValues, operationName }: ExecutionArgs,
  options: WebSocketOptions,
) {
  const { extra } = contextValue as PreparedContext;
  return options.liveEdge.subscribe({ document, operationName, variables: { ...variableValues } }, () =>
    callOf(extra, options),
  );
}

function callOf(extra: Extra, { requestTimeoutMs }: WebSocketOptions): CallContext {
  return {
    principal: extra.principal ?? ANONYMOUS,
    deadline: Date.now() + requestTimeoutMs,
    requestId: randomUUID(),
    clientAddress: extra.request.socket.remoteAddress ?? null,
  };
}

function withCode(code: string): (error: GraphQLError) => GraphQLError {
  return (error) =>
    error.extensions['code'] === undefined
      ? new GraphQLError(error.message, {
          nodes: error.nodes,
          source: error.source,
          positions: error.positions,
          extensions: { code },
        })
      : error;
}

function toFormatted(error: unknown) {
  return error instanceof GraphQLError ? error.toJSON() : (error as { message: string });
}
