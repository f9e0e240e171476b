import { base64url, SignJWT } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { createTokenVerifier } from './key-set.ts';
import { createAuthenticate, type Authenticate } from './principal-of-token.ts';
import { createTestTokens, type TestTokens } from './testing/test-tokens.ts';

let tokens: TestTokens;
let authenticate: Authenticate;
const rules = { issuer: 'starling', audience: 'starling' };
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'let in',
    (error: unknown) => (error instanceof StarlingError ? error.code : error),
  );

beforeEach(async () => {
  tokens = await createTestTokens();
  authenticate = createAuthenticate({
    ...rules,
    users: tokens.users,
    cache: createEmbeddedCache(),
    sessionTtlMs: 60_000,
  });
});

describe('a token', () => {
  test('tells who asks, with which rights, and until when', async () => {
    const { principal, expiresAt } = await authenticate(await tokens.sign({ userId: '7', sessionId: '7-phone' }));
    expect(principal).toEqual({ userId: '7', sessionId: '7-phone', appId: null, scopes: ['read', 'write'], roles: [] });
    expect(expiresAt).toBeGreaterThan(Date.now() + 590_000);
  });

  test.each([
    ['of another issuer', { issuer: 'somebody' }],
    ['of an unknown key', { kid: 'unknown' }],
    ['whose session belongs to somebody else', { userId: '7', sessionId: '8-phone' }],
  ])('%s is refused', async (_what, claims) => {
    expect(await code(authenticate(await tokens.sign(claims)))).toBe('UNAUTHENTICATED');
  });

  test('that has expired says so, but not for a few seconds of different clocks', async () => {
    expect(await code(authenticate(await tokens.sign({ expiresInSeconds: -60 })))).toBe('TOKEN_EXPIRED');
    expect(await code(authenticate(await tokens.sign({ expiresInSeconds: -1 })))).toBe('let in');
  });

  test('that was changed, signed with the public key as a secret, or not signed at all is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await tokens.sign()).split('.');
    const forged = base64url.encode(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: '8' }),
    );
    expect(await code(authenticate(`${header}.${forged}.${signature}`))).toBe('UNAUTHENTICATED');

    const { jwksJson } = await tokens.users.getSigningKeys({} as never, {});
    const claims = new SignJWT({ sid: '7-s' }).setIssuer('starling').setAudience('starling').setSubject('7');
    const confused = await claims
      .setExpirationTime('10m')
      .setProtectedHeader({ alg: 'HS256', kid: 'first', typ: 'at+jwt' })
      .sign(Buffer.from(jwksJson));
    expect(await code(authenticate(confused))).toBe('UNAUTHENTICATED');

    const none = base64url.encode(JSON.stringify({ alg: 'none', kid: 'first', typ: 'at+jwt' }));
    expect(await code(authenticate(`${none}.${payload}.`))).toBe('UNAUTHENTICATED');
  });

  test('is refused for the rest of its life once it has expired, even if it was let in before', async () => {
    const token = await tokens.sign({ expiresInSeconds: -4 });
    expect(await code(authenticate(token))).toBe('let in');
    await expect.poll(() => code(authenticate(token)), { timeout: 5_000 }).toBe('TOKEN_EXPIRED');
  });
});

describe('a session', () => {
  test('is asked for once in its time, and refused from then on if it has ended', async () => {
    const token = await tokens.sign({ sessionId: '7-a' });
    await Promise.all([authenticate(token), authenticate(token)]);
    await authenticate(token);
    expect(tokens.asked.sessions).toBe(1);

    tokens.endSession('7-b');
    expect(await code(authenticate(await tokens.sign({ sessionId: '7-b' })))).toBe('UNAUTHENTICATED');
  });

  test('is asked for every time if nothing may be remembered', async () => {
    const strict = createAuthenticate({ ...rules, users: tokens.users, cache: createEmbeddedCache(), sessionTtlMs: 0 });
    const token = await tokens.sign({ sessionId: '7-c' });
    await strict(token);
    tokens.endSession('7-c');
    expect(await code(strict(token))).toBe('UNAUTHENTICATED');
  });

  test('that cannot be asked about lets nobody in, and tells why', async () => {
    const token = await tokens.sign();
    await authenticate(token);
    tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    expect(await code(authenticate(token))).toBe('let in');
    expect(await code(authenticate(await tokens.sign({ sessionId: '7-new' })))).toBe('UNAVAILABLE');
  });
});

describe('the keys', () => {
  let now = 0;
  const verifier = () =>
    createTokenVerifier({
      ...rules,
      load: async () => (await tokens.users.getSigningKeys({} as never, {})).jwksJson,
      now: () => now,
    });

  test('are asked for once, by many at a time, and again after five minutes', async () => {
    const verify = verifier();
    const token = await tokens.sign();
    await Promise.all(Array.from({ length: 10 }, () => verify(token)));
    expect(tokens.asked.keys).toBe(1);
    now += 5 * 60_000 + 1;
    await verify(token);
    expect(tokens.asked.keys).toBe(2);
  });

  test('are asked for again for a key that is not known yet, but not more than once in five seconds', async () => {
    const verify = verifier();
    await verify(await tokens.sign());
    await tokens.rotate('second');
    const token = await tokens.sign();
    await expect(verify(token)).rejects.toThrow('no applicable key');
    now += 5_001;
    expect(await verify(token)).toMatchObject({ sub: '7' });
    expect(tokens.asked.keys).toBe(2);
    for (let index = 0; index < 20; index += 1)
      await expect(verify(await tokens.sign({ kid: `forged-${index}` }))).rejects.toThrow('no applicable key');
    expect(tokens.asked.keys).toBe(2);
  });

  test('that were withdrawn do not vouch for tokens that were let in before', async () => {
    const verify = verifier();
    const token = await tokens.sign();
    await verify(token);
    await tokens.rotate('second');
    now += 5 * 60_000 + 1;
    await expect(verify(token)).rejects.toThrow('no applicable key');
  });

  test('go on being used while their issuer is away', async () => {
    const verify = verifier();
    const token = await tokens.sign();
    await verify(token);
    tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    now += 5 * 60_000 + 1;
    expect(await verify(token)).toMatchObject({ sub: '7' });
    expect(await verify(token)).toMatchObject({ sub: '7' });
    expect(tokens.asked.keys).toBe(2);
    tokens.fault = null;
    now += 5_001;
    await verify(token);
    expect(tokens.asked.keys).toBe(3);
  });

  test('are asked for no more often while their issuer is away, whatever tokens come', async () => {
    const verify = verifier();
    const token = await tokens.sign();
    await verify(token);
    tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    now += 60_000;
    for (let index = 0; index < 20; index += 1)
      await expect(verify(await tokens.sign({ kid: `forged-${index}` }))).rejects.toThrow('no applicable key');
    expect(await verify(token)).toMatchObject({ sub: '7' });
    expect(tokens.asked.keys).toBe(2);
    now += 5_001;
    await expect(verify(await tokens.sign({ kid: 'forged' }))).rejects.toThrow('no applicable key');
    expect(tokens.asked.keys).toBe(3);
  });

  test('that cannot be had at first fail with what their issuer says, and are asked for again', async () => {
    const verify = verifier();
    tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    await expect(verify(await tokens.sign())).rejects.toThrow('users is away');
    tokens.fault = null;
    expect(await verify(await tokens.sign())).toMatchObject({ sub: '7' });
  });
});
