import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rotateSigningKeys, toJwks } from './rotate-signing-keys.ts';
import { createTokenSigner } from './sign-access-token.ts';
import { createSigningKeyStore, type SigningKeyStore } from './store/signing-key-store.ts';
import { MIGRATIONS } from './testing/open-test-users.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 1);
const config = {
  tokenIssuer: 'issuer',
  tokenAudience: 'audience',
  accessTokenMs: 10 * MINUTE_MS,
  signingKeyMs: 30 * DAY_MS,
  signingKeyPublishAheadMs: HOUR_MS,
};

let database: TestDatabase;
let keys: SigningKeyStore;
let nowMs: number;
const now = () => nowMs;
const rotate = () => rotateSigningKeys({ keys, config, now });
const sign = () => createTokenSigner({ keys, config, now })({ userId: '1', sessionId: 's', roles: ['admin'] });

beforeEach(async () => {
  database = await createTestDatabase(MIGRATIONS);
  keys = createSigningKeyStore(database.pool);
  nowMs = START_MS;
});
afterEach(() => database.drop());

async function verify(token: string, jwks?: { keys: object[] }) {
  const set = createLocalJWKSet(jwks ?? toJwks(await keys.list()));
  return jwtVerify(token, set, { issuer: 'issuer', audience: 'audience', currentDate: new Date(nowMs), typ: 'at+jwt' });
}

it('makes one first key, however many start at once, and leaves it while it is young', async () => {
  await Promise.all(Array.from({ length: 5 }, rotate));
  nowMs += 29 * DAY_MS;
  await rotate();
  expect(await keys.list()).toHaveLength(1);
});

it('signs tokens that say who, which session, what for and how long', async () => {
  await rotate();
  const { payload, protectedHeader } = await verify(await sign());
  expect(payload).toEqual({
    iss: 'issuer',
    aud: 'audience',
    sub: '1',
    sid: 's',
    scope: 'read write account',
    roles: ['admin'],
    iat: START_MS / 1000,
    exp: START_MS / 1000 + 600,
  });
  expect(protectedHeader.alg).toBe('EdDSA');
});

it('publishes no private half', async () => {
  await rotate();
  const [key] = toJwks(await keys.list()).keys;
  expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
});

it('publishes the next key an hour before it signs, and keeps the old one until its last token has expired', async () => {
  await rotate();
  const [first] = await keys.list();
  nowMs += 30 * DAY_MS - HOUR_MS;
  await Promise.all([rotate(), rotate()]);
  const published = toJwks(await keys.list());
  expect(published.keys).toHaveLength(2);
  nowMs += HOUR_MS - 1;
  const last = await sign();
  expect((await verify(last)).protectedHeader.kid).toBe(first?.kid);
  nowMs += 1;
  const next = await verify(await sign(), published);
  expect(next.protectedHeader.kid).not.toBe(first?.kid);
  nowMs += 9 * MINUTE_MS;
  await rotate();
  await verify(last);
  nowMs += 3 * MINUTE_MS;
  await rotate();
  expect((await keys.list()).map(({ kid }) => kid)).toEqual([next.protectedHeader.kid]);
});

it('after a long sleep still publishes a key before using it', async () => {
  await rotate();
  const [first] = await keys.list();
  nowMs += 100 * DAY_MS;
  await rotate();
  expect((await verify(await sign())).protectedHeader.kid).toBe(first?.kid);
  nowMs += HOUR_MS;
  expect((await verify(await sign())).protectedHeader.kid).not.toBe(first?.kid);
});
