import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransportCode } from '@starling/kit/errors.ts';
import { claimsOf, encode, forge, signingKeyOf } from './support/access-tokens.ts';
import { fingerprint } from './support/database-scan.ts';
import { post, register, type Someone } from './support/people.ts';
import { sendRaw, type RawRequest } from './support/raw-request.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';
import { expectOneError } from './support/told-errors.ts';

let stack: TestStack;
let ada: Someone;
let eve: Someone;
let key: Awaited<ReturnType<typeof signingKeyOf>>;
let facts: Record<string, string>;

beforeAll(async () => {
  stack = await startTestStack({ gateway: { sessionTtlMs: 0 } });
  [ada, eve] = await Promise.all([register(stack, 'ada'), register(stack, 'eve')]);
  await post(ada, 'The one tweet there is');
  key = await signingKeyOf(stack.databases.users);
  await stack.drain();
  facts = await fingerprint(stack.databases);
});
afterAll(async () => {
  expect(await fingerprint(stack.databases)).toEqual(facts);
  await stack.stop();
});

const POST = 'mutation { postTweet(input: { text: "Let me in" }) { tweet { id } userErrors { code } } }';
const READ = '{ searchTweets(query: "tweet", first: 1) { edges { cursor } } }';

const send = (request: RawRequest) => sendRaw(stack, request);

type BadToken = [what: string, header: () => string, code: TransportCode];
const bearer = (token: () => string) => () => `Bearer ${token()}`;
const signed = (change: Record<string, unknown>, header?: Record<string, unknown>) =>
  bearer(() => forge(key, { ...claimsOf(ada.accessToken), ...change }, header));
const now = () => Math.floor(Date.now() / 1000);

const BAD_TOKENS: readonly BadToken[] = [
  ['no token at all', bearer(() => ''), 'UNAUTHENTICATED'],
  ['a word', bearer(() => 'please'), 'UNAUTHENTICATED'],
  ['dots', bearer(() => '..'), 'UNAUTHENTICATED'],
  ['three empty objects', bearer(() => 'e30.e30.e30'), 'UNAUTHENTICATED'],
  ['a refresh token', bearer(() => ada.refreshToken), 'UNAUTHENTICATED'],
  ['a token cut short', bearer(() => ada.accessToken.slice(0, -5)), 'UNAUTHENTICATED'],
  ['a changed payload', bearer(() => withClaims(ada.accessToken, { sub: eve.id })), 'UNAUTHENTICATED'],
  ['no algorithm', bearer(() => `${encode({ alg: 'none', kid: key.kid })}.${payload()}.`), 'UNAUTHENTICATED'],
  ['no algorithm, signed', signed({}, { alg: 'none' }), 'UNAUTHENTICATED'],
  ['the public key as a secret', bearer(signedWithPublicKey), 'UNAUTHENTICATED'],
  ['a key of its own', signed({}, { alg: 'EdDSA', kid: 'mine' }), 'UNAUTHENTICATED'],
  [
    'a key in the header',
    bearer(() => forge(key, claimsOf(ada.accessToken), { alg: 'EdDSA', jwk: key.public_jwk, kid: 'x' })),
    'UNAUTHENTICATED',
  ],
  ['another issuer', signed({ iss: 'elsewhere' }), 'UNAUTHENTICATED'],
  ['another audience', signed({ aud: 'others' }), 'UNAUTHENTICATED'],
  ['no person', signed({ sub: undefined }), 'UNAUTHENTICATED'],
  ['no session', signed({ sid: undefined }), 'UNAUTHENTICATED'],
  ['another’s session', signed({ sub: '1000000000000000000' }), 'UNAUTHENTICATED'],
  ['a session that is none', signed({ sid: 'none' }), 'UNAUTHENTICATED'],
  ['no end', signed({ exp: undefined }), 'UNAUTHENTICATED'],
  ['a time that has not come', signed({ nbf: 4_102_444_800 }), 'UNAUTHENTICATED'],
  ['a time that is over', signed({ exp: now() - 60 }), 'TOKEN_EXPIRED'],
  ['another scheme', () => `Basic ${Buffer.from('ada:password').toString('base64')}`, 'UNAUTHENTICATED'],
  ['no scheme', () => ada.accessToken, 'UNAUTHENTICATED'],
  ['two tokens', () => `Bearer ${ada.accessToken} ${ada.accessToken}`, 'UNAUTHENTICATED'],
];

describe('a request is refused as a whole for', () => {
  test.each(BAD_TOKENS)('%s', async (_what, header, code) => {
    for (const query of [READ, POST]) {
      const answer = await send({ headers: { authorization: header() }, body: { query } });
      expectOneError(answer, code);
      expect(answer.status).toBe(401);
      expect(answer.data ?? null).toBeNull();
    }
  });

  test('a token whose session was revoked', async () => {
    const answer = await send({ headers: { authorization: `Bearer ${await revokedToken()}` }, body: { query: READ } });
    expectOneError(answer, 'UNAUTHENTICATED');
    expect(answer.status).toBe(401);
    facts = await fingerprint(stack.databases);
  });
});

test('nobody writes without a token, and no token writes beyond its scopes', async () => {
  expectOneError(await send({ body: { query: POST } }), 'UNAUTHENTICATED');
  expectOneError(await send({ body: { query: '{ homeTimeline(first: 1) { edges { cursor } } }' } }), 'UNAUTHENTICATED');
  const reader = { authorization: signed({ scope: 'read' })() };
  expectOneError(await send({ headers: reader, body: { query: POST } }), 'FORBIDDEN');
  expectOneError(await send({ headers: reader, body: { query: '{ sessions { id } }' } }), 'FORBIDDEN');
  expectOneError(
    await send({ headers: { authorization: signed({ scope: undefined })() }, body: { query: POST } }),
    'FORBIDDEN',
  );
  const home = await send({ headers: reader, body: { query: '{ homeTimeline(first: 1) { edges { cursor } } }' } });
  expect(home.errors).toBeUndefined();
});

function payload(): string {
  return encode(claimsOf(ada.accessToken));
}

function withClaims(token: string, change: Record<string, unknown>): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encode({ ...claimsOf(token), ...change })}.${signature}`;
}

/** Works on whoever lets the token choose the algorithm. */
function signedWithPublicKey(): string {
  const body = `${encode({ alg: 'HS256', kid: key.kid })}.${payload()}`;
  const secret = Buffer.from(key.public_jwk['x'] ?? '', 'base64url');
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

async function revokedToken(): Promise<string> {
  const login = await eve.get<{ login: { accessToken: string } }>('Login', {
    input: { login: 'eve', password: 'correct horse battery' },
  });
  await eve.get('mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { userErrors { code } } }', {
    input: { allOthers: true },
  });
  return login.login.accessToken;
}
