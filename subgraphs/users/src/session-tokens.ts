import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { CallContext } from '@starling/kit/principal.ts';
import type { NewSession } from './store/session-store.ts';

export type Tokens = { accessToken: string; refreshToken: string };

const TOKEN_BYTES = 32;
const TOKEN_FORM = /^[\w-]{43}$/;

/** 256 random bits. The database keeps their hash only; so many bits need no salt and no slow hash. */
export function newRefreshToken(): { token: string; hash: Buffer } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashOf(token) };
}

/** Null for what cannot be one of ours. */
export function hashRefreshToken(token: string): Buffer | null {
  return TOKEN_FORM.test(token) ? hashOf(token) : null;
}

/** What opens a session is told of the client at the door. */
export type SessionClient = Pick<CallContext, 'clientAddress' | 'userAgent'>;

export type SessionFrame = { userId: string; client: SessionClient; nowMs: number; sessionMs: number };

/** What a client says of itself is cut to this length. */
const USER_AGENT_MAX = 256;

export function newSession({ userId, client, nowMs, sessionMs }: SessionFrame): {
  session: NewSession;
  refreshToken: string;
} {
  const { token, hash } = newRefreshToken();
  const session: NewSession = {
    id: randomUUID(),
    userId,
    userAgent: client.userAgent?.slice(0, USER_AGENT_MAX) ?? null,
    refreshTokenHash: hash,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + sessionMs,
  };
  return { session, refreshToken: token };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
