import { readFileSync } from 'node:fs';
import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import type { ReadRouter } from '@starling/kit/postgres/read-router.ts';
import { createContext, type ContextDeps, type TweetsContext } from './context.ts';
import { createResolvers, type ResolverDeps } from './resolvers.ts';

const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

export type SubgraphDeps = ResolverDeps & ContextDeps & { reads: Pick<ReadRouter, 'position'> };

export function createTweetsSubgraph(deps: SubgraphDeps): Subgraph {
  return buildSubgraph<TweetsContext>({
    name: 'tweets',
    typeDefs,
    resolvers: createResolvers(deps),
    createContext: (call) => createContext(deps, call),
    position: deps.reads.position,
  });
}
