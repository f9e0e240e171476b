import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { SYSTEM, type CallContext, type Principal } from '@starling/kit/principal.ts';

/** Access token → principal, and the moment it ends (epoch milliseconds). Throws TOKEN_EXPIRED or UNAUTHENTICATED. */
export type Authenticate = (token: string) => Promise<{ principal: Principal; expiresAt: number }>;

type Options = {
  users: Pick<Users<CallContext>, 'getSigningKeys' | 'checkSession'>;
  cache: Cache;
  issuer: string;
  audience: string;
  /** How long a revoked session may still be let in, at most. */
  sessionTtlMs: number;
};

const KEYS_TTL_MS = 60 * 60 * 1000;
/** A token of an unknown key makes us ask again, but not more often than this: else forged tokens would flood users. */
const KEYS_MIN_AGE_MS = 5_000;

export function createAuthenticate(options: Options): Authenticate {
  const keys = createKeySource(options.users);
  return async (token) => {
    const payload = await verify(token, keys, options);
    const { sub: userId, sid: sessionId, exp } = payload;
    if (typeof userId !== 'string' || typeof sessionId !== 'string' || exp === undefined) throw invalidToken();
    await checkSession(sessionId, userId, options);
    return { principal: principalOf(userId, sessionId, payload), expiresAt: exp * 1000 };
  };
}

function principalOf(userId: string, sessionId: string, payload: JWTPayload): Principal {
  return {
    userId,
    sessionId,
    appId: typeof payload['app'] === 'string' ? payload['app'] : null,
    scopes: typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [],
    roles: Array.isArray(payload['roles']) ? payload['roles'].filter((role) => typeof role === 'string') : [],
  };
}

type KeySource = { current(): Promise<JSONWebKeySet>; renewed(): Promise<JSONWebKeySet> };

async function verify(token: string, keys: KeySource, { issuer, audience }: Options): Promise<JWTPayload> {
  const against = async (set: JSONWebKeySet) =>
    (await jwtVerify(token, createLocalJWKSet(set), { issuer, audience, algorithms: ['EdDSA'] })).payload;
  try {
    return await against(await keys.current()).catch(async (error: unknown) => {
      if (error instanceof errors.JWKSNoMatchingKey) return against(await keys.renewed());
      throw error;
    });
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new StarlingError('TOKEN_EXPIRED', 'The access token has expired.');
    if (error instanceof errors.JOSEError) throw invalidToken();
    throw error;
  }
}

async function checkSession(sessionId: string, userId: string, { users, cache, sessionTtlMs }: Options): Promise<void> {
  const session = await cache.getOrLoad(
    `gateway:session:${sessionId}`,
    () => users.checkSession(systemCall(), { sessionId }),
    { ttlMs: sessionTtlMs },
  );
  if (!session.isOpen || session.userId !== userId) {
    throw new StarlingError('UNAUTHENTICATED', 'The session has ended.');
  }
}

function createKeySource(users: Options['users']): KeySource {
  let held: { keys: Promise<JSONWebKeySet>; at: number } | null = null;
  const load = (maxAgeMs: number): Promise<JSONWebKeySet> => {
    if (held === null || Date.now() - held.at > maxAgeMs) {
      const keys = users.getSigningKeys(systemCall(), {}).then(({ jwksJson }) => JSON.parse(jwksJson) as JSONWebKeySet);
      const mine = { keys, at: Date.now() };
      held = mine;
      keys.catch(() => {
        if (held === mine) held = null;
      });
    }
    return held.keys;
  };
  return { current: () => load(KEYS_TTL_MS), renewed: () => load(KEYS_MIN_AGE_MS) };
}

function systemCall(): CallContext {
  return { principal: SYSTEM, deadline: Date.now() + 5_000, requestId: 'gateway', clientAddress: null };
}

function invalidToken(): StarlingError {
  return new StarlingError('UNAUTHENTICATED', 'The access token is not valid.');
}
