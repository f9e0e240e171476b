import type { ErrorLog } from '@starling/kit/logger.ts';
import { executeInSubgraph, subscribeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** A subgraph in this process. The viewer crosses as a value, so there is nothing to forge. */
export function createInProcessSubgraph(subgraph: Subgraph, logger: ErrorLog): SubgraphClient {
  return {
    name: subgraph.name,
    execute: (request, call) => executeInSubgraph(subgraph, request, call, { logger }),
    subscribe: (request, call) => subscribeInSubgraph(subgraph, request, call, { logger }),
  };
}
