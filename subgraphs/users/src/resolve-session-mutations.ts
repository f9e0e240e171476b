import type { CallContext } from '@starling/kit/principal.ts';
import type { MutationResolvers, Session } from '../generated/resolvers.ts';
import { changePassword } from './change-password.ts';
import type { UsersDeps } from './deps.ts';
import { login } from './login.ts';
import { refreshSession } from './refresh-session.ts';
import { register, type LoggedIn, type OrErrors } from './register.ts';
import { requireSession } from './require-session.ts';
import { revokeSession } from './revoke-session.ts';
import type { OpenSession } from './store/session-list.ts';

type Names = 'register' | 'login' | 'refreshSession' | 'logout' | 'revokeSession' | 'changePassword';

export function createSessionMutations(deps: UsersDeps): Pick<MutationResolvers, Names> {
  return {
    register: async (_parent, { input }, { call }) => presentLogin(await register(deps, call, input)),
    login: async (_parent, { input }, { call }) => presentLogin(await login(deps, call, input)),
    refreshSession: async (_parent, { input }) => presentLogin(await refreshSession(deps, input.refreshToken)),

    logout: async (_parent, _args, { call: { principal } }) => {
      const { userId, sessionId } = principal;
      if (userId !== null && sessionId !== null) await deps.sessionList.end(userId, sessionId);
      return { userErrors: [] };
    },

    revokeSession: async (_parent, { input }, { call }) => {
      const userId = await requireSession(deps, call);
      const { sessions, errors } = await revokeSession(deps, { userId, sessionId: call.principal.sessionId }, input);
      return { sessions: sessions?.map((session) => toSession(session, call)) ?? null, userErrors: errors };
    },

    changePassword: async (_parent, { input }, { call, accounts }) => {
      const userId = await requireSession(deps, call);
      const userErrors = await changePassword(deps, { userId, sessionId: call.principal.sessionId }, input);
      return { user: userErrors.length > 0 ? null : await accounts.load(userId), userErrors };
    },
  };
}

export function toSession(session: OpenSession, { principal }: Pick<CallContext, 'principal'>): Session {
  const { id, userAgent, createdAt, lastUsedAt, expiresAt } = session;
  return { id, userAgent, createdAt, lastUsedAt, expiresAt, isCurrent: id === principal.sessionId };
}

function presentLogin(outcome: OrErrors<LoggedIn>) {
  if (!outcome.ok) return { userErrors: outcome.errors };
  return { user: outcome.value.user, ...outcome.value.tokens, userErrors: [] };
}
