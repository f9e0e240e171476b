import { readFileSync } from 'node:fs';
import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import { createTimelineContext, type ContextDeps } from './context.ts';
import { createResolvers, type ResolverDeps } from './resolvers.ts';

const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

export function createTimelineSubgraph(deps: ResolverDeps & ContextDeps): Subgraph {
  return buildSubgraph({
    name: 'timeline',
    typeDefs,
    resolvers: createResolvers(deps),
    createContext: (call) => createTimelineContext(deps, call),
  });
}
