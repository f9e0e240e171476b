import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { CallContext } from '@starling/kit/principal.ts';

export type Claims = { userId?: string; sessionId?: string; expiresInSeconds?: number; issuer?: string; kid?: string };

/** What users does for the door: keys, tokens and sessions, all in memory. */
export type TestTokens = {
  users: Pick<Users<CallContext>, 'getSigningKeys' | 'checkSession'>;
  sign(claims?: Claims): Promise<string>;
  /** Signs with a new key from now on; it is published, and the old one withdrawn. */
  rotate(kid: string): Promise<void>;
  endSession(sessionId: string): void;
  /** While set, asking fails with it. */
  fault: Error | null;
  asked: { keys: number; sessions: number };
};

export async function createTestTokens(): Promise<TestTokens> {
  let key = await makeKey('first');
  const ended = new Set<string>();
  const tokens: TestTokens = {
    fault: null,
    asked: { keys: 0, sessions: 0 },
    users: {
      async getSigningKeys() {
        tokens.asked.keys += 1;
        if (tokens.fault) throw tokens.fault;
        return { jwksJson: JSON.stringify({ keys: [key.jwk] }) };
      },
      async checkSession(_call, { sessionId }) {
        tokens.asked.sessions += 1;
        if (tokens.fault) throw tokens.fault;
        return { isOpen: !ended.has(sessionId), userId: sessionId.split('-')[0] ?? '', userState: 'active' };
      },
    },
    sign: ({
      userId = '7',
      sessionId = `${userId}-s`,
      expiresInSeconds = 600,
      issuer = 'starling',
      kid = key.kid,
    } = {}) =>
      new SignJWT({ sid: sessionId, scope: 'read write', roles: [] })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience('starling')
        .setSubject(userId)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
        .sign(key.privateKey),
    async rotate(kid) {
      key = await makeKey(kid);
    },
    endSession: (sessionId) => void ended.add(sessionId),
  };
  return tokens;
}

async function makeKey(kid: string): Promise<{ kid: string; privateKey: CryptoKey; jwk: object }> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' } };
}
