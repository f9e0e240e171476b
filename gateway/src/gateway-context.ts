import type { CallContext } from '@starling/kit/principal.ts';

/** The context value of one operation at the door. */
export type GatewayContext = { call: CallContext };
