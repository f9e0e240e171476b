import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { StarlingError } from './errors.ts';
import type { NonceStore } from './signing/nonces.ts';

/**
 * What a call between services vouches for. All of it is under the signature: none can be changed, moved to another
 * service or method, or kept for later.
 */
export type SignedCall = {
  /** Who is called, such as `users`. */
  audience: string;
  /** What is called: the path of a method or of an HTTP endpoint. */
  method: string;
  /** The frame of the call as it travels: principal, time left, request id. */
  frame: string;
  body: Uint8Array;
};

/** Secrets shared by the services. The first one signs, all of them verify, so that keys rotate without a gap. */
export type SigningKeys = readonly string[];

/** How far apart the clocks of signer and verifier, with the time between them, may be. */
export const SIGNATURE_WINDOW_MS = 30_000;

/** Shorter secrets are refused. */
const MIN_KEY_LENGTH = 32;
const SIGNATURE_PATTERN = /^v1\.(\d{1,15})\.([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/;

/** What a good signature says of itself. */
export type Verified = {
  /** Never the same for two signatures. */
  nonce: string;
  /** How long the signature goes on being good. */
  validForMs: number;
};

/** A signature as it travels: version, time in epoch milliseconds, nonce, HMAC-SHA256. No two are the same. */
export function sign(call: SignedCall, keys: SigningKeys, nowMs: number = Date.now()): string {
  checkKeys(keys);
  const nonce = randomUUID();
  return `v1.${nowMs}.${nonce}.${digest(call, nowMs, nonce, keys[0] as string).toString('base64url')}`;
}

/** Throws StarlingError UNAUTHENTICATED unless the signature is by one of the keys, for this very call, and recent. */
export function verify(
  call: SignedCall,
  signature: string | undefined,
  keys: SigningKeys,
  nowMs: number = Date.now(),
): Verified {
  checkKeys(keys);
  const [, time, nonce, mac] = SIGNATURE_PATTERN.exec(signature ?? '') ?? [];
  if (time === undefined || nonce === undefined || mac === undefined) throw refused('is not signed');
  const signedAt = Number(time);
  if (Math.abs(nowMs - signedAt) > SIGNATURE_WINDOW_MS) throw refused('was signed too long ago');
  const given = Buffer.from(mac, 'base64url');
  // Every key is tried, so that the time taken tells nothing about which one matched.
  const matches = keys.map((key) => timingSafeEqual(given, digest(call, signedAt, nonce, key)));
  if (!matches.includes(true)) throw refused('has a wrong signature');
  return { nonce, validForMs: signedAt + SIGNATURE_WINDOW_MS - nowMs };
}

/** Takes a call that changes something, once. Throws StarlingError UNAUTHENTICATED if it came before. */
export async function takeOnce({ nonce, validForMs }: Verified, nonces: NonceStore): Promise<void> {
  // Clocks of several verifiers may differ by as much as the window.
  if (!(await nonces.claim(nonce, validForMs + SIGNATURE_WINDOW_MS))) throw refused('was made before');
}

/** Refuses to start with keys that protect nothing. */
export function checkKeys(keys: SigningKeys): void {
  if (keys.length === 0 || keys.some((key) => key.length < MIN_KEY_LENGTH)) {
    throw new Error(`Signing needs at least one key, each of ${MIN_KEY_LENGTH} characters or more`);
  }
}

function digest({ audience, method, frame, body }: SignedCall, timeMs: number, nonce: string, key: string): Buffer {
  const bodyDigest = createHash('sha256').update(body).digest('base64url');
  // JSON keeps the parts apart whatever they contain.
  return createHmac('sha256', key)
    .update(JSON.stringify(['v1', audience, method, timeMs, nonce, frame, bodyDigest]))
    .digest();
}

function refused(why: string): StarlingError {
  return new StarlingError('UNAUTHENTICATED', `The call ${why}`);
}
