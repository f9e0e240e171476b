import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UsersContext } from './context.ts';
import type { UsersDeps } from './deps.ts';
import { createAccountLoader } from './loaders.ts';
import { createResolvers } from './resolvers.ts';

export function createUsersSubgraph(deps: UsersDeps): Subgraph {
  return buildSubgraph<UsersContext>({
    name: 'users',
    typeDefs: readFileSync(join(import.meta.dirname, '../schema.graphql'), 'utf8'),
    resolvers: createResolvers(deps),
    createContext: (call) => ({ call, accounts: createAccountLoader(deps.accounts) }),
  });
}
