import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { OperationTypeNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { Logger } from '@starling/kit/logger.ts';
import { badRequest } from './bad-request.ts';
import type { GatewayContext } from './gateway-context.ts';
import { inNewTrace } from '@starling/kit/telemetry/tracing.ts';
import { createLimitCheck, type CheckLimits, type Limits } from './limits.ts';
import { observeOperations } from './observe-operations.ts';
import type { PresentError } from './present-errors.ts';

export type Operation = { query: string; variables?: Record<string, unknown>; operationName?: string };

/** Runs one query or mutation; its errors are presented already. */
export type Execute = (operation: Operation, context: GatewayContext) => Promise<ExecutionResult>;

export type ApolloOptions = {
  executor: GatewayInterface;
  limits: Limits;
  introspection: boolean;
  presentError: PresentError;
  logger: Logger;
};

export type StartedApollo = {
  apollo: ApolloServer<GatewayContext>;
  /** What clients see. */
  schema: GraphQLSchema;
  checkLimits: CheckLimits;
  execute: Execute;
};

/** Apollo Server with our limits, codes and logs, and without whatever it would serve or report by itself. */
export async function startApollo({
  executor,
  limits,
  introspection,
  presentError,
  logger,
}: ApolloOptions): Promise<StartedApollo> {
  const requestIds = new WeakMap<object, string>();
  const loaded = Promise.withResolvers<{ schema: GraphQLSchema; checkLimits: CheckLimits }>();
  const apollo = new ApolloServer<GatewayContext>({
    gateway: executor,
    introspection,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    parseOptions: { maxTokens: limits.maxTokens },
    formatError: (_, error) => presentError(error, requestIds.get(error as object) ?? 'none'),
    logger: apolloLogger(logger),
    stopOnTerminationSignals: false,
    plugins: [
      {
        serverWillStart: async () => ({
          schemaDidLoadOrUpdate: ({ apiSchema }) =>
            loaded.resolve({ schema: apiSchema, checkLimits: createLimitCheck(apiSchema, limits) }),
        }),
      },
      refuseWhatCannotRun(async () => (await loaded.promise).checkLimits),
      rememberRequestIds(requestIds),
      observeOperations(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
  await apollo.start();
  return {
    apollo,
    ...(await loaded.promise),
    execute: (operation, context) => executeWith(apollo, operation, context),
  };
}

async function executeWith(
  apollo: ApolloServer<GatewayContext>,
  operation: Operation,
  context: GatewayContext,
): Promise<ExecutionResult> {
  const run = () => apollo.executeOperation(operation, { contextValue: context });
  const { body } = await inNewTrace('operation', {}, run);
  if (body.kind !== 'single') throw new Error('Incremental delivery is not supported.');
  return body.singleResult as ExecutionResult;
}

function refuseWhatCannotRun(limitsOf: () => Promise<CheckLimits>): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ document, request: { operationName, variables }, operation }) {
        if (!operation) throw badRequest('There is no such operation, or several and no operationName.');
        if (operation.operation === OperationTypeNode.SUBSCRIPTION)
          throw badRequest('Subscriptions are served over WebSocket, at the same address.');
        const checkLimits = await limitsOf();
        checkLimits({ document, operationName, variables });
      },
    }),
  };
}

/** `formatError` is not told which request an error belongs to. */
function rememberRequestIds(requestIds: WeakMap<object, string>): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      async didEncounterErrors({ errors, contextValue: { call } }) {
        for (const error of errors) requestIds.set(error, call.requestId);
      },
    }),
  };
}

function apolloLogger(logger: Logger) {
  const write = (level: 'debug' | 'warn' | 'error') => (message?: unknown) =>
    logger[level]({ from: 'apollo' }, String(message));
  // Apollo's `info` tells of its own start and is of no use to operators.
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') };
}
