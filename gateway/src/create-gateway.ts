import { createServer, type Server } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { Health } from '@starling/kit/lifecycle/health.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { SYSTEM, type CallContext } from '@starling/kit/principal.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { GatewayConfig } from './config.ts';
import { createExecutor } from './executor.ts';
import type { GatewayContext } from './gateway-context.ts';
import { createHttpApp, listen } from './http.ts';
import { createInProcessDataSource } from './in-process-data-source.ts';
import { checkComplexity, shapeRules, type Limits } from './limits.ts';
import { createLiveEdge } from './live-edge.ts';
import { createPresentError } from './present-errors.ts';
import { createAuthenticate } from './principal-of-token.ts';
import { serveWebSocket } from './web-socket.ts';

export type GatewayDeps = {
  supergraphSdl: string;
  subgraphs: readonly Subgraph[];
  users: Pick<Users<CallContext>, 'getSigningKeys' | 'checkSession'>;
  cache: Cache;
  live: Health;
  ready: Health;
  /** Folder of the built GraphiQL page. Null: neither GraphiQL nor introspection. */
  graphiqlFolder: string | null;
  logger: Logger;
};

export type Gateway = {
  /** Port it listens on. */
  port: number;
  /** Runs one operation as the door would, without a socket. */
  execute(operation: Operation, call: CallContext): Promise<ExecutionResult>;
  /** Ends running requests, closes sockets with 1001. */
  stop(): Promise<void>;
};

export type Operation = { query: string; variables?: Record<string, unknown>; operationName?: string };

/** The one door: HTTP and WebSocket GraphQL on one port. Resolves once it listens. */
export async function startGateway(config: GatewayConfig, deps: GatewayDeps): Promise<Gateway> {
  const subgraphs = new Map(deps.subgraphs.map((subgraph) => [subgraph.name, subgraph]));
  const dataSources = new Map(deps.subgraphs.map((subgraph) => [subgraph.name, createInProcessDataSource(subgraph)]));
  const authenticate = createAuthenticate({ ...config, users: deps.users, cache: deps.cache });
  const presentError = createPresentError(deps.logger);
  const rules = shapeRules(config);
  const server = createServer();
  const schemaSeen = captureSchema();
  const apollo = new ApolloServer<GatewayContext>({
    gateway: createExecutor(deps.supergraphSdl, dataSources),
    introspection: deps.graphiqlFolder !== null,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    parseOptions: { maxTokens: config.maxTokens },
    validationRules: rules,
    formatError: presentError,
    logger: apolloLogger(deps.logger),
    stopOnTerminationSignals: false,
    plugins: [
      schemaSeen.plugin,
      complexityPlugin(config),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer: server }),
    ],
  } as ConstructorParameters<typeof ApolloServer<GatewayContext>>[0]);
  await apollo.start();
  const execute = (operation: Operation, context: GatewayContext) => executeWith(apollo, operation, context);
  const sockets = serveWebSocket({
    ...config,
    server,
    schema: schemaSeen.schema(),
    rules,
    limits: config,
    liveEdge: createLiveEdge(deps.supergraphSdl, subgraphs, dataSources),
    authenticate,
    execute,
    presentError,
    recheckMs: config.socketRecheckMs,
    logger: deps.logger,
  });
  const publicKeys = async () => (await deps.users.getSigningKeys(systemCall(config), {})).jwksJson;
  server.on('request', createHttpApp({ ...config, ...deps, apollo, authenticate, publicKeys }));
  const port = await listenOrStop(server, config, apollo);
  return {
    port,
    execute: (operation, call) => execute(operation, { call }),
    async stop() {
      await sockets.dispose();
      await apollo.stop();
    },
  };
}

async function listenOrStop(
  server: Server,
  { port, host }: GatewayConfig,
  apollo: ApolloServer<GatewayContext>,
): Promise<number> {
  try {
    return await listen(server, port, host);
  } catch (error) {
    await apollo.stop();
    throw error;
  }
}

async function executeWith(
  apollo: ApolloServer<GatewayContext>,
  operation: Operation,
  context: GatewayContext,
): Promise<ExecutionResult> {
  const { body } = await apollo.executeOperation(operation, { contextValue: context });
  if (body.kind !== 'single') throw new Error('Incremental delivery is not supported.');
  return body.singleResult as ExecutionResult;
}

function complexityPlugin(limits: Limits): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, request, operationName }) =>
        checkComplexity({ schema, document, operationName, variables: request.variables ?? {} }, limits),
    }),
  };
}

/** Apollo Server tells the API schema of its gateway to plugins only. */
function captureSchema(): { plugin: ApolloServerPlugin<GatewayContext>; schema(): GraphQLSchema } {
  let seen: GraphQLSchema | null = null;
  return {
    plugin: {
      serverWillStart: async () => ({
        schemaDidLoadOrUpdate: ({ apiSchema }) => {
          seen = apiSchema;
        },
      }),
    },
    schema() {
      if (seen === null) throw new Error('The gateway has loaded no schema.');
      return seen;
    },
  };
}

function apolloLogger(logger: Logger) {
  const write = (level: 'debug' | 'warn' | 'error') => (message?: unknown) =>
    logger[level]({ from: 'apollo' }, String(message));
  // Apollo's `info` tells of its own start and is of no use to operators.
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') };
}

function systemCall({ requestTimeoutMs }: GatewayConfig): CallContext {
  return { principal: SYSTEM, deadline: Date.now() + requestTimeoutMs, requestId: 'gateway', clientAddress: null };
}
