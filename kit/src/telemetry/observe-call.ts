import { StarlingError } from '../errors.ts';
import { rpcCalls, rpcSeconds } from './metrics.ts';
import { isMeasuring, secondsSince } from './registry.ts';
import { inTraceOf, type TraceHeaders } from './tracing.ts';

export type CallEnd = {
  side: 'client' | 'server';
  /** `/starling.users.Users/GetUsers`. */
  path: string;
  /** Of a call that has come from another process. */
  trace?: TraceHeaders | undefined;
};

/** Times, counts and traces one end of a call between services. */
export async function observeCall<Result>(end: CallEnd, work: () => Promise<Result>): Promise<Result> {
  if (!isMeasuring()) return work();
  const { side, path, trace = {} } = end;
  const method = path.slice(path.lastIndexOf('.') + 1);
  const began = performance.now();
  let code = 'OK';
  try {
    return await inTraceOf(trace, method, { 'rpc.system.name': 'grpc' }, work, { kind: side });
  } catch (error) {
    code = error instanceof StarlingError ? error.code : 'INTERNAL';
    throw error;
  } finally {
    rpcSeconds.observe({ side, method }, secondsSince(began));
    rpcCalls.inc({ side, method, code });
  }
}
