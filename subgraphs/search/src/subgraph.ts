import { readFileSync } from 'node:fs';
import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import type { SearchContext } from './context.ts';
import { createResolvers, type ResolverDeps } from './resolvers.ts';

const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

export function createSearchSubgraph(deps: ResolverDeps): Subgraph {
  return buildSubgraph({
    name: 'search',
    typeDefs,
    resolvers: createResolvers(deps),
    createContext: (call): SearchContext => ({ call }),
  });
}
