import type { CachedAccounts } from './loaders.ts';
import type { LoggedIn, OrErrors } from './register.ts';
import { hashRefreshToken, newRefreshToken } from './session-tokens.ts';
import type { SignAccessToken } from './sign-access-token.ts';
import type { SessionStore } from './store/session-store.ts';
import { userError } from './user-errors.ts';

type Deps = {
  sessions: Pick<SessionStore, 'rotate'>;
  accounts: Pick<CachedAccounts, 'findMany'>;
  signAccessToken: SignAccessToken;
  config: { sessionMs: number };
  now(): number;
};

/**
 * Every token is good for one use. A second use, however soon, ends the session, because the owner and a thief cannot be
 * told apart: a client that lost the answer logs in again, and tabs that share a session share one refresh.
 */
export async function refreshSession(deps: Deps, refreshToken: string): Promise<OrErrors<LoggedIn>> {
  const used = hashRefreshToken(refreshToken);
  if (!used) return refused();
  const nowMs = deps.now();
  const next = newRefreshToken();
  const rotation = await deps.sessions.rotate(used, {
    hash: next.hash,
    nowMs,
    expiresAtMs: nowMs + deps.config.sessionMs,
  });
  if (rotation.kind !== 'rotated') return refused();
  const user = (await deps.accounts.findMany([rotation.userId])).get(rotation.userId);
  if (!user) return refused();
  const accessToken = await deps.signAccessToken(rotation);
  return { ok: true, value: { user, tokens: { accessToken, refreshToken: next.token } } };
}

function refused(): OrErrors<LoggedIn> {
  return { ok: false, errors: [userError('INVALID_TOKEN', 'refreshToken', 'Log in again.')] };
}
