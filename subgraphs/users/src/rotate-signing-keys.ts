import { exportJWK, generateKeyPair } from 'jose';
import { randomUUID } from 'node:crypto';
import type { SigningKey, SigningKeyStore } from './store/signing-key-store.ts';

type Deps = {
  keys: Pick<SigningKeyStore, 'change'>;
  config: { signingKeyMs: number; signingKeyPublishAheadMs: number; accessTokenMs: number };
  now(): number;
};

/** What clocks of signers and verifiers may differ by. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Makes the first key; later the next one, early enough to be published before its first use; and deletes keys whose last
 * token has expired. May run anywhere, any number of times at once.
 */
export function rotateSigningKeys({ keys, config, now }: Deps): Promise<void> {
  return keys.change(async (present) => {
    const nowMs = now();
    const nextFromMs = nextActiveFrom(present, config, nowMs);
    const add = nextFromMs === null ? [] : [await newKey(nowMs, nextFromMs)];
    return { add, remove: outlived(present, config, nowMs).map(({ kid }) => kid) };
  });
}

/** The public halves, as a JWK set (RFC 7517): those in use, those that come, and those whose tokens may still live. */
export function toJwks(keys: readonly SigningKey[]): { keys: object[] } {
  return { keys: keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, alg: 'EdDSA', use: 'sig' })) };
}

/** When a key made now is to be used first; null if none is due. */
function nextActiveFrom(present: readonly SigningKey[], config: Deps['config'], nowMs: number): number | null {
  const newest = present.at(-1);
  if (!newest) return nowMs;
  const dueMs = newest.activeFromMs + config.signingKeyMs;
  const publishMs = nowMs + config.signingKeyPublishAheadMs;
  return dueMs <= publishMs ? Math.max(dueMs, publishMs) : null;
}

/** A key signs until its successor is in use; its last token lives on from there. */
function outlived(present: readonly SigningKey[], { accessTokenMs }: Deps['config'], nowMs: number): SigningKey[] {
  return present.filter((_, index) => {
    const successor = present[index + 1];
    return successor !== undefined && successor.activeFromMs + accessTokenMs + CLOCK_SKEW_MS < nowMs;
  });
}

async function newKey(createdAtMs: number, activeFromMs: number): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return {
    kid: randomUUID(),
    publicJwk: await exportJWK(publicKey),
    privateJwk: await exportJWK(privateKey),
    createdAtMs,
    activeFromMs,
  };
}
