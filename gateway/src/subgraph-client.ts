import type { CallContext } from '@starling/kit/principal.ts';
import type { SubgraphRequest, SubgraphResponse } from '@starling/kit/subgraph/execute-in-subgraph.ts';

/** A subgraph as the gateway asks it, wherever it runs. */
export type SubgraphClient = {
  name: string;
  /** Runs a query or mutation within the call's deadline. Never rejects; errors are presented already: coded, masked, logged. */
  execute(request: SubgraphRequest, call: CallContext): Promise<SubgraphResponse>;
  /**
   * Answers once the subscription stands, or with the errors that keep it from standing; the call's deadline bounds that.
   * The iterator ends with its source, or by `return()`; it rejects with a StarlingError when events may have been lost.
   */
  subscribe(
    request: SubgraphRequest,
    call: CallContext,
  ): Promise<AsyncIterableIterator<SubgraphResponse> | SubgraphResponse>;
};
