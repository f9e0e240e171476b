import { readFileSync } from 'node:fs';
import type { ReadRouter } from '@starling/kit/postgres/read-router.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import type { GraphContext } from './context.ts';
import { graphLoaders } from './loaders.ts';
import { graphResolvers, type ResolverDeps } from './resolvers.ts';

const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

export function createGraphSubgraph(deps: ResolverDeps & { reads: Pick<ReadRouter, 'position'> }): Subgraph {
  return buildSubgraph({
    name: 'graph',
    typeDefs,
    resolvers: graphResolvers(deps),
    createContext: (call: CallContext): GraphContext => ({ call, loaders: graphLoaders(deps, call) }),
    position: deps.reads.position,
  });
}
