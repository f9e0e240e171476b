import { errors, type JWTPayload } from 'jose';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import { systemCall } from '@starling/kit/call.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { CallContext, Principal } from '@starling/kit/principal.ts';
import { CLOCK_SKEW_S, createTokenVerifier, type VerifyToken } from './key-set.ts';

/**
 * Access token → principal, and the moment it ends (epoch milliseconds). Throws StarlingError TOKEN_EXPIRED,
 * UNAUTHENTICATED for a token that is not valid or whose session has ended, or what users said if it could not be asked.
 */
export type Authenticate = (token: string) => Promise<{ principal: Principal; expiresAt: number }>;

type Options = {
  users: Pick<Users<CallContext>, 'getSigningKeys' | 'checkSession'>;
  cache: Pick<Cache, 'getOrLoad'>;
  issuer: string;
  audience: string;
  /** How long a revoked session may still be let in, at most; 0 asks at every call. */
  sessionTtlMs: number;
};

const ASK_MS = 5_000;

export function createAuthenticate(options: Options): Authenticate {
  const { users, issuer, audience } = options;
  const load = async () => (await users.getSigningKeys(systemCall('token', { timeoutMs: ASK_MS }), {})).jwksJson;
  const verify = createTokenVerifier({ issuer, audience, load });
  return async (token) => {
    const payload = await claimsOf(token, verify);
    const { sub: userId, sid: sessionId, exp } = payload;
    if (typeof userId !== 'string' || typeof sessionId !== 'string' || exp === undefined) throw invalidToken();
    await checkSession(sessionId, userId, options);
    return { principal: principalOf(userId, sessionId, payload), expiresAt: (exp + CLOCK_SKEW_S) * 1000 };
  };
}

async function claimsOf(token: string, verify: VerifyToken): Promise<JWTPayload> {
  try {
    return await verify(token);
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new StarlingError('TOKEN_EXPIRED', 'The access token has expired.');
    if (error instanceof errors.JOSEError) throw invalidToken();
    throw error;
  }
}

function principalOf(userId: string, sessionId: string, { app, scope, roles }: JWTPayload): Principal {
  return {
    userId,
    sessionId,
    appId: typeof app === 'string' ? app : null,
    scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [],
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
  };
}

async function checkSession(sessionId: string, userId: string, { users, cache, sessionTtlMs }: Options): Promise<void> {
  const ask = () => users.checkSession(systemCall('token', { timeoutMs: ASK_MS }), { sessionId });
  const session =
    sessionTtlMs === 0
      ? await ask()
      : await cache.getOrLoad(`gateway:session:${sessionId}`, ask, { ttlMs: sessionTtlMs });
  if (!session.isOpen || session.userId !== userId) {
    throw new StarlingError('UNAUTHENTICATED', 'The session has ended.');
  }
}

function invalidToken(): StarlingError {
  return new StarlingError('UNAUTHENTICATED', 'The access token is not valid.');
}
