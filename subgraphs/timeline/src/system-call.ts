import { SYSTEM, type CallContext } from '@starling/kit/principal.ts';

/** The frame of what consumers ask on nobody's behalf. */
export function systemCall(requestId: string, deadline: number): CallContext {
  return { principal: SYSTEM, deadline, requestId, clientAddress: null };
}
