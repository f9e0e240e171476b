import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';

export type TokenRules = { issuer: string; audience: string };

export type KeySetOptions = TokenRules & {
  /** The issuer's public keys now, as the text of a JWK set. */
  load(): Promise<string>;
  /** Milliseconds on a steady clock. */
  now?: () => number;
};

/** Claims of a token that one of the issuer's keys has signed and whose time is not over. Throws jose's errors. */
export type VerifyToken = (token: string) => Promise<JWTPayload>;

/** Far less than keys are published ahead of their first use, and no more than a withdrawn key may be trusted. */
const KEYS_TTL_MS = 5 * 60_000;
/** A token of an unknown key makes us ask again, but not more often than this: else forged tokens would flood the issuer. */
const KEYS_MIN_AGE_MS = 5_000;
/** What clocks of issuer and verifier may differ by, in seconds. */
export const CLOCK_SKEW_S = 5;
const MAX_VERIFIED = 10_000;

type Held = { keys: ReturnType<typeof createLocalJWKSet>; verified: LRUCache<string, JWTPayload>; at: number };

/**
 * Verifies access tokens against keys that are asked for anew every five minutes. A signature that was found good is not
 * computed again as long as the same keys are held. If the issuer is away, the keys held last go on being used.
 */
export function createTokenVerifier({
  issuer,
  audience,
  load,
  now = () => performance.now(),
}: KeySetOptions): VerifyToken {
  let held: Held | null = null;
  let loading: Promise<Held> | null = null;
  let failedAt = -Infinity;

  async function reload(): Promise<Held> {
    try {
      const keys = createLocalJWKSet(JSON.parse(await load()) as JSONWebKeySet);
      return (held = { keys, verified: new LRUCache({ max: MAX_VERIFIED }), at: now() });
    } catch (error) {
      failedAt = now();
      throw error;
    }
  }
  async function keysNoOlderThan(maxAgeMs: number): Promise<Held> {
    if (held !== null && (now() - held.at <= maxAgeMs || now() - failedAt <= KEYS_MIN_AGE_MS)) return held;
    loading ??= reload().finally(() => (loading = null));
    const before = held;
    return before === null ? loading : loading.catch(() => before);
  }
  async function verifyWith({ keys, verified }: Held, token: string): Promise<JWTPayload> {
    const known = verified.get(token);
    if (known !== undefined && !isOver(known)) return known;
    const rules = { issuer, audience, algorithms: ['EdDSA'], typ: 'at+jwt', clockTolerance: CLOCK_SKEW_S };
    const { payload } = await jwtVerify(token, keys, { ...rules, requiredClaims: ['sub', 'sid', 'exp'] });
    verified.set(token, payload);
    return payload;
  }

  return async (token) => {
    const present = await keysNoOlderThan(KEYS_TTL_MS);
    try {
      return await verifyWith(present, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const renewed = await keysNoOlderThan(KEYS_MIN_AGE_MS);
      if (renewed === present) throw error;
      return verifyWith(renewed, token);
    }
  };
}

/** Then jose says so in its own words. */
function isOver({ exp = 0 }: JWTPayload): boolean {
  return Date.now() / 1000 >= exp + CLOCK_SKEW_S;
}
