import type { GraphQLDataSource } from '@apollo/gateway';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import type { GatewayContext } from './gateway-context.ts';

/** Runs a subgraph's part of a plan in this process. The viewer crosses as a value, so there is nothing to forge. */
export function createInProcessDataSource(subgraph: Subgraph, logger: ErrorLog): GraphQLDataSource<GatewayContext> {
  return {
    async process({ request, context }) {
      const { call } = context as GatewayContext;
      const { data, errors } = await executeInSubgraph(
        subgraph,
        { query: request.query ?? '', variables: request.variables ?? {}, operationName: request.operationName },
        call,
        { logger },
      );
      return { data: data ?? null, ...(errors ? { errors } : {}), http: undefined };
    },
  };
}
