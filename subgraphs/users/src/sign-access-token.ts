import { FIRST_PARTY_SCOPES } from '@starling/domain/scopes.ts';
import { importJWK, SignJWT } from 'jose';
import type { SigningKey, SigningKeyStore } from './store/signing-key-store.ts';

export type AccessTokenSubject = { userId: string; sessionId: string; roles: readonly string[] };
export type SignAccessToken = (subject: AccessTokenSubject) => Promise<string>;

type Deps = {
  keys: Pick<SigningKeyStore, 'list'>;
  config: { tokenIssuer: string; tokenAudience: string; accessTokenMs: number };
  now(): number;
};

/**
 * Signs access tokens of our own clients: EdDSA, header `typ: at+jwt` and `kid`; claims `iss`, `aud`, `sub` (user id), `sid`
 * (session id), `scope` (names with blanks between, RFC 9068), `roles` (list), `iat`, `exp`.
 */
export function createTokenSigner({ keys, config, now }: Deps): SignAccessToken {
  return async ({ userId, sessionId, roles }) => {
    const nowMs = now();
    const key = keyInUse(await keys.list(), nowMs);
    const issuedAt = Math.floor(nowMs / 1000);
    return new SignJWT({ sid: sessionId, scope: FIRST_PARTY_SCOPES.join(' '), roles })
      .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: 'at+jwt' })
      .setIssuer(config.tokenIssuer)
      .setAudience(config.tokenAudience)
      .setSubject(userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + Math.ceil(config.accessTokenMs / 1000))
      .sign(await importJWK(key.privateJwk, 'EdDSA'));
  };
}

/** The newest whose time has come; the very first at once, should this clock be behind its maker's. `keys` are in the order of their first use. */
function keyInUse(keys: readonly SigningKey[], nowMs: number): SigningKey {
  const key = keys.findLast(({ activeFromMs }) => activeFromMs <= nowMs) ?? keys[0];
  if (!key) throw new Error('There is no signing key: rotateSigningKeys has not run');
  return key;
}
