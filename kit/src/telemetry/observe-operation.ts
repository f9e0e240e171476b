import type { CallContext } from '../principal.ts';
import { subgraphErrors, subgraphSeconds } from './metrics.ts';
import { isMeasuring, secondsSince } from './registry.ts';
import { inTraceOf } from './tracing.ts';

type Answer = { errors?: readonly { extensions?: { code?: unknown } }[] };

/** Times, counts and traces what a subgraph answers, in the trace that its call goes on with. */
export async function observeOperation<Answered extends Answer>(
  subgraph: string,
  { operationName }: { operationName?: string | null },
  { trace = {} }: Pick<CallContext, 'trace'>,
  answer: () => Promise<Answered>,
): Promise<Answered> {
  if (!isMeasuring()) return answer();
  const began = performance.now();
  const attributes = operationName ? { 'graphql.operation.name': operationName } : {};
  const response = await inTraceOf(trace, `subgraph ${subgraph}`, attributes, answer);
  subgraphSeconds.observe({ subgraph }, secondsSince(began));
  for (const { extensions } of response.errors ?? []) subgraphErrors.inc({ subgraph, code: codeOf(extensions) });
  return response;
}

/** Errors of subgraphs are presented already: their codes are of the closed list. */
export function codeOf(extensions: { code?: unknown } | undefined): string {
  return typeof extensions?.code === 'string' ? extensions.code : 'INTERNAL';
}
