import { requireViewer } from '@starling/kit/require-viewer.ts';
import { DateTime } from '@starling/kit/subgraph/date-time.ts';
import type { AccountState as ShownState, Resolvers } from '../generated/resolvers.ts';
import type { UsersDeps } from './deps.ts';
import { findUser, findUsers, visibleTo } from './find-users.ts';
import { createAccountMutations } from './resolve-account-mutations.ts';
import { createSessionMutations, toSession } from './resolve-session-mutations.ts';

export function createResolvers(deps: UsersDeps): Resolvers {
  return {
    DateTime,
    Query: {
      viewer: async (_parent, _args, { call, accounts }) => {
        const { userId } = call.principal;
        return userId === null ? null : visibleTo(userId, await accounts.load(userId));
      },
      user: (_parent, args, { call, accounts }) => findUser({ ...deps, accounts }, call.principal.userId, args),
      users: (_parent, { ids }, { call, accounts }) => findUsers({ accounts }, call.principal.userId, ids),
      sessions: async (_parent, _args, { call }) => {
        const sessions = await deps.sessionList.list(requireViewer(call), deps.now());
        return sessions.map((session) => toSession(session, call));
      },
    },
    Mutation: { ...createSessionMutations(deps), ...createAccountMutations(deps) },
    User: {
      __resolveReference: async ({ id }, { call, accounts }) =>
        visibleTo(call.principal.userId, await accounts.load(id)),
      createdAt: ({ createdAtMs }) => new Date(createdAtMs),
      state: ({ state }) => state.toUpperCase() as ShownState,
    },
  };
}
