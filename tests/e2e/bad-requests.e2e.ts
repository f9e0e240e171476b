import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransportCode } from '@starling/kit/errors.ts';
import { claimsOf, encode, forge, signingKeyOf } from './support/access-tokens.ts';
import type { Answer } from './support/client.ts';
import { fingerprint } from './support/database-scan.ts';
import { post, register, type Someone } from './support/people.ts';
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

type Request = { method?: string; path?: string; headers?: Record<string, string>; body?: unknown };

async function send({ method = 'POST', path = '', headers = {}, body }: Request): Promise<Answer<unknown>> {
  const response = await fetch(`http://127.0.0.1:${stack.port}/graphql${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  expect(response.headers.get('content-type')).toMatch(/json/);
  return { status: response.status, ...((await response.json()) as Omit<Answer<unknown>, 'status'>) };
}

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

const deep = (levels: number) =>
  `{ tweet(id: "1000000000000000000") ${'{ inReplyTo '.repeat(levels)}{ id }${' }'.repeat(levels)} }`;
const many = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => one(index)).join(' ');
const getPath = (query: string) => `?${new URLSearchParams({ query }).toString()}`;

type BadRequest = [what: string, request: Request, code: TransportCode, status: number];

const BAD_REQUESTS: readonly BadRequest[] = [
  [
    'a body of a megabyte',
    { body: { query: READ, variables: { pad: 'x'.repeat(1024 * 1024) } } },
    'PAYLOAD_TOO_LARGE',
    413,
  ],
  ['what is no JSON', { body: '{"query": ' }, 'BAD_REQUEST', 400],
  ['malformed UTF-8 in a name', { body: '{"query": "{ \\ud800 }"}' }, 'GRAPHQL_PARSE_FAILED', 400],
  ['nothing', { body: '' }, 'BAD_REQUEST', 400],
  ['an empty object', { body: {} }, 'BAD_REQUEST', 400],
  ['an empty query', { body: { query: '' } }, 'BAD_REQUEST', 400],
  ['a batch', { body: [{ query: READ }, { query: READ }] }, 'BAD_REQUEST', 400],
  ['a word of JSON', { body: '"query"' }, 'BAD_REQUEST', 400],
  ['a query that is a number', { body: { query: 5 } }, 'BAD_REQUEST', 400],
  ['variables that are a list', { body: { query: READ, variables: [] } }, 'BAD_REQUEST', 400],
  ['variables that are text', { body: { query: READ, variables: '{}' } }, 'BAD_REQUEST', 400],
  ['an operation name that is a number', { body: { query: READ, operationName: 1 } }, 'BAD_REQUEST', 400],
  ['an unknown operation name', { body: { query: `query A ${READ}`, operationName: 'B' } }, 'BAD_REQUEST', 400],
  ['two operations and no name', { body: { query: `query A ${READ} query B ${READ}` } }, 'BAD_REQUEST', 400],
  ['fragments only', { body: { query: 'fragment F on Tweet { id }' } }, 'GRAPHQL_VALIDATION_FAILED', 400],
  ['text/plain', { headers: { 'content-type': 'text/plain' }, body: { query: POST } }, 'BAD_REQUEST', 400],
  [
    'a form',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: getPath(POST).slice(1) },
    'BAD_REQUEST',
    400,
  ],
  [
    'a strange charset',
    { headers: { 'content-type': 'application/json; charset=klingon' }, body: { query: READ } },
    'BAD_REQUEST',
    415,
  ],
  ['a strange encoding', { headers: { 'content-encoding': 'klingon' }, body: { query: READ } }, 'BAD_REQUEST', 415],
  ['a body that is not gzip', { headers: { 'content-encoding': 'gzip' }, body: { query: READ } }, 'BAD_REQUEST', 400],
  [
    'a mutation by GET',
    { method: 'GET', path: getPath(POST), headers: { 'apollo-require-preflight': 'x' } },
    'BAD_REQUEST',
    405,
  ],
  [
    'a GET from a foreign page',
    { method: 'GET', path: getPath(READ), headers: { 'content-type': 'text/plain' } },
    'BAD_REQUEST',
    400,
  ],
  ['a PUT', { method: 'PUT', body: { query: READ } }, 'BAD_REQUEST', 405],
  ['a DELETE', { method: 'DELETE' }, 'BAD_REQUEST', 405],
  ['a subscription', { body: { query: 'subscription { homeTimelineUpdates { tweet { id } } }' } }, 'BAD_REQUEST', 400],
  ['a syntax error', { body: { query: '{ tweet(id: ' } }, 'GRAPHQL_PARSE_FAILED', 400],
  [
    'a lone surrogate in a literal',
    { body: { query: '{ user(handle: "\\ud83d") { id } }' } },
    'GRAPHQL_PARSE_FAILED',
    400,
  ],
  ['an unknown field', { body: { query: '{ password }' } }, 'GRAPHQL_VALIDATION_FAILED', 400],
  [
    'an argument of the wrong type',
    { body: { query: '{ homeTimeline(first: "all") { edges { cursor } } }' } },
    'GRAPHQL_VALIDATION_FAILED',
    400,
  ],
  ['an unused variable', { body: { query: 'query ($a: Int) { viewer { id } }' } }, 'GRAPHQL_VALIDATION_FAILED', 400],
  [
    'entities',
    { body: { query: '{ _entities(representations: []) { __typename } }' } },
    'GRAPHQL_VALIDATION_FAILED',
    400,
  ],
  ['the service’s SDL', { body: { query: '{ _service { sdl } }' } }, 'GRAPHQL_VALIDATION_FAILED', 400],
  ['introspection', { body: { query: '{ __schema { types { name } } }' } }, 'GRAPHQL_VALIDATION_FAILED', 400],
  [
    'introspection of a type',
    { body: { query: '{ __type(name: "User") { name } }' } },
    'GRAPHQL_VALIDATION_FAILED',
    400,
  ],
  ['depth', { body: { query: deep(40) } }, 'OPERATION_TOO_COMPLEX', 400],
  [
    'aliases',
    { body: { query: `{ ${many(200, (index) => `a${index}: viewer { id }`)} }` } },
    'OPERATION_TOO_COMPLEX',
    400,
  ],
  [
    'directives',
    { body: { query: `{ viewer { ${'id @include(if: true) '.repeat(200)} } }` } },
    'OPERATION_TOO_COMPLEX',
    400,
  ],
  [
    'a fragment that contains itself',
    { body: { query: '{ viewer { ...F } } fragment F on User { id ...F }' } },
    'GRAPHQL_VALIDATION_FAILED',
    400,
  ],
  [
    'pages of pages',
    {
      body: {
        query:
          '{ viewer { followers(first: 100) { edges { node { following(first: 100) { edges { node { followers(first: 100) { edges { node { id } } } } } } } } } } }',
      },
    },
    'OPERATION_TOO_COMPLEX',
    400,
  ],
  [
    'pages of pages by variables',
    {
      body: {
        query:
          'query ($n: Int!) { viewer { followers(first: $n) { edges { node { following(first: $n) { edges { node { followers(first: $n) { edges { node { id } } } } } } } } } } }',
        variables: { n: 100 },
      },
    },
    'OPERATION_TOO_COMPLEX',
    400,
  ],
  [
    'a hundred logins at once',
    {
      body: {
        query: `mutation { ${many(100, (index) => `l${index}: login(input: { login: "ada", password: "guess ${index}" }) { accessToken }`)} }`,
      },
    },
    'OPERATION_TOO_COMPLEX',
    400,
  ],
  ['too many words', { body: { query: `{ viewer { ${'id '.repeat(10_000)} } }` } }, 'OPERATION_TOO_COMPLEX', 400],
  [
    'a variable that is missing',
    { body: { query: 'query ($id: ID!) { tweet(id: $id) { id } }' } },
    'BAD_USER_INPUT',
    400,
  ],
  [
    'a variable of the wrong type',
    { body: { query: 'query ($id: ID!) { tweet(id: $id) { id } }', variables: { id: { a: 1 } } } },
    'BAD_USER_INPUT',
    400,
  ],
  [
    'a persisted query that nobody has',
    { body: { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab'.repeat(32) } } } },
    'BAD_REQUEST',
    200,
  ],
  ['extensions that are a list', { body: { query: READ, extensions: [] } }, 'BAD_REQUEST', 400],
];

describe('one error is told of', () => {
  test.each(BAD_REQUESTS)('%s', async (_what, request, code, status) => {
    const answer = await send(request);
    expectOneError(answer, code);
    expect(answer.status).toBe(status);
    expect(answer.data ?? null).toBeNull();
  });
});

test('what a browser sends across sites without asking is refused, with cookies and all', async () => {
  const response = await fetch(`http://127.0.0.1:${stack.port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      origin: 'https://evil.example',
      authorization: `Bearer ${ada.accessToken}`,
    },
    body: JSON.stringify({ query: POST }),
  });
  expect(response.status).toBe(400);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
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
