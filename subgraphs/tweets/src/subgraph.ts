import { readFileSync } from 'node:fs';
import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import { createContext, type TweetsContext } from './context.ts';
import type { LoaderDeps } from './loaders.ts';
import { createResolvers, type ResolverDeps } from './resolvers.ts';

const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

export type SubgraphDeps = ResolverDeps & LoaderDeps;

export function createTweetsSubgraph(deps: SubgraphDeps): Subgraph {
  return buildSubgraph<TweetsContext>({
    name: 'tweets',
    typeDefs,
    resolvers: createResolvers(deps),
    createContext: (call) => createContext(deps, call),
  });
}
