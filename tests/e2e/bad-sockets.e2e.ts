import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TransportCode } from '@starling/kit/errors.ts';
import { claimsOf, forge, signingKeyOf } from './support/access-tokens.ts';
import type { TopError } from './support/client.ts';
import { fingerprint } from './support/database-scan.ts';
import { PASSWORD, post, register, type Someone } from './support/people.ts';
import { greet, openRawSocket, type SocketMessage } from './support/raw-socket.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';
import { expectOneError, expectPlain } from './support/told-errors.ts';

let stack: TestStack;
let ada: Someone;
let key: Awaited<ReturnType<typeof signingKeyOf>>;

beforeAll(async () => {
  stack = await startTestStack({ gateway: { sessionTtlMs: 0, socketRecheckMs: 50 } });
  ada = await register(stack, 'ada');
  await post(ada, 'The one tweet there is');
  key = await signingKeyOf(stack.databases.users);
  await stack.drain();
});
afterAll(() => stack?.stop());

const HOME = 'subscription { homeTimelineUpdates { tweet { id } } }';
const POST = 'mutation { postTweet(input: { text: "Let me in" }) { tweet { id } } }';
const expired = () => forge(key, { ...claimsOf(ada.accessToken), exp: Math.floor(Date.now() / 1000) - 60 });

test.each<[what: string, authorization: () => unknown, code: TransportCode]>([
  ['a word', () => 'please', 'UNAUTHENTICATED'],
  ['a wrong token', () => 'Bearer e30.e30.e30', 'UNAUTHENTICATED'],
  ['a token without its scheme', () => ada.accessToken, 'UNAUTHENTICATED'],
  ['an expired token', () => `Bearer ${expired()}`, 'TOKEN_EXPIRED'],
  ['an object', () => ({ token: ada.accessToken }), 'UNAUTHENTICATED'],
  ['a number', () => 5, 'UNAUTHENTICATED'],
])('who comes with %s is not let in, and told why', async (_what, authorization, code) => {
  const socket = await openRawSocket(stack.port);
  socket.send({ type: 'connection_init', payload: { Authorization: authorization() } });
  const closing = await socket.closed;
  expect(closing.code).toBe(4403);
  expect(closing.reason.split(':')[0]).toBe(code);
  expectPlain(closing.reason);
});

const subscribe = (query: unknown, more: Record<string, unknown> = {}): SocketMessage => ({
  id: '1',
  type: 'subscribe',
  payload: { query, ...more },
});

test.each<[what: string, messages: (SocketMessage | string)[], close: number]>([
  ['subscribes without a greeting', [subscribe(HOME)], 4401],
  ['says nothing', [], 4408],
  ['greets twice', [{ type: 'connection_init' }, { type: 'connection_init' }], 4429],
  ['sends no JSON', ['{"type":'], 4400],
  ['sends null', ['null'], 4400],
  ['sends a message of no type', ['{}'], 4400],
  ['sends a message of an unknown type', ['{"type":"start"}'], 4400],
  ['greets with a word', ['{"type":"connection_init","payload":"hello"}'], 4400],
  [
    'subscribes without an id',
    [{ type: 'connection_init' }, '{"type":"subscribe","payload":{"query":"{ viewer { id } }"}}'],
    4400,
  ],
  ['subscribes without a query', [{ type: 'connection_init' }, '{"type":"subscribe","id":"1","payload":{}}'], 4400],
  ['subscribes with a query that is a number', [{ type: 'connection_init' }, subscribe(5)], 4400],
  ['sends half a megabyte', [{ type: 'connection_init' }, subscribe(`# ${'x'.repeat(512 * 1024)}`)], 1009],
])('who %s loses the socket', async (_what, messages, close) => {
  const socket = await openRawSocket(stack.port);
  for (const message of messages) socket.send(message);
  expect((await socket.closed).code).toBe(close);
});

test('who speaks another protocol is sent away', async () => {
  await expect(openRawSocket(stack.port, { protocol: 'graphql-ws' })).rejects.toThrow('subprotocol');
});

test('there is no socket elsewhere', async () => {
  await expect(openRawSocket(stack.port, { path: '/elsewhere' })).rejects.toThrow();
});

const WATCH = 'subscription ($ids: [ID!]!) { tweetUpdates(ids: $ids) { tweet { id } } }';

describe('a bad operation gets one error, and the socket stays', () => {
  test.each<[what: string, message: () => SocketMessage, code: TransportCode]>([
    ['a feed without a login', () => subscribe(HOME), 'UNAUTHENTICATED'],
    ['a syntax error', () => subscribe('subscription {'), 'GRAPHQL_PARSE_FAILED'],
    ['an empty query', () => subscribe(''), 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', () => subscribe('subscription { everything }'), 'GRAPHQL_VALIDATION_FAILED'],
    ['introspection', () => subscribe('{ __schema { queryType { name } } }'), 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two feeds at once',
      () =>
        subscribe(
          `subscription { a: tweetUpdates(ids: []) { tweet { id } } b: tweetUpdates(ids: []) { tweet { id } } }`,
        ),
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'an unknown operation name',
      () => subscribe(`subscription A ${HOME.slice(13)}`, { operationName: 'B' }),
      'BAD_REQUEST',
    ],
    [
      'depth',
      () => subscribe(`{ tweet(id: "1") ${'{ inReplyTo '.repeat(40)}{ id }${' }'.repeat(40)} }`),
      'OPERATION_TOO_COMPLEX',
    ],
    [
      'pages of pages',
      () =>
        subscribe(
          `subscription { homeTimelineUpdates { tweet { likedBy(first: 100) { edges { node { followers(first: 100) { edges { node { following(first: 100) { edges { node { id ${'}'.repeat(12)}`,
        ),
      'OPERATION_TOO_COMPLEX',
    ],
    ['a missing variable', () => subscribe(WATCH), 'BAD_USER_INPUT'],
    ['a variable of the wrong type', () => subscribe(WATCH, { variables: { ids: [{}] } }), 'BAD_USER_INPUT'],
    ['a malformed id', () => subscribe(WATCH, { variables: { ids: ['abc'] } }), 'BAD_USER_INPUT'],
    ['nothing to watch', () => subscribe(WATCH, { variables: { ids: [] } }), 'BAD_USER_INPUT'],
    [
      '101 tweets to watch',
      () => subscribe(WATCH, { variables: { ids: Array<string>(101).fill('1000000000000000000') } }),
      'BAD_USER_INPUT',
    ],
  ])('%s', async (_what, message, code) => {
    const socket = await greet(stack.port);
    socket.send(message());
    const answer = await socket.next();
    // What is refused before it runs comes as an error; what runs and fails, as a last result.
    if (answer.type === 'error') expectOneError({ errors: answer.payload as TopError[] }, code);
    else {
      const { data, errors } = answer.payload as { data?: unknown; errors: TopError[] };
      expectOneError({ errors }, code);
      expect(data ?? null).toBeNull();
      expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    }

    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer { id } }' } });
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { viewer: null } } });
    socket.close();
    await socket.closed;
    expect(await stack.liveChannels()).toBe(0);
  });

  test('a mutation without a login', async () => {
    const before = await fingerprint(stack.databases);
    const socket = await greet(stack.port);
    socket.send(subscribe(POST));
    const answer = await socket.next();
    expectOneError(answer.payload as { errors: TopError[] }, 'UNAUTHENTICATED');
    socket.close();
    expect(await fingerprint(stack.databases)).toEqual(before);
  });

  test('a second operation of the same id ends the socket', async () => {
    const socket = await greet(stack.port, { Authorization: `Bearer ${ada.accessToken}` });
    socket.send(subscribe(HOME));
    socket.send(subscribe(HOME));
    expect((await socket.closed).code).toBe(4409);
    await vi.waitFor(async () => expect(await stack.liveChannels()).toBe(0));
  });
});

async function openFeed(accessToken: string) {
  const socket = await greet(stack.port, { Authorization: `Bearer ${accessToken}` });
  socket.send(subscribe(HOME));
  await vi.waitFor(async () => expect(await stack.liveChannels()).toBeGreaterThan(0), { timeout: 10_000, interval: 5 });
  return socket;
}

describe('an open socket is lost', () => {
  test('with its session', async () => {
    const { login } = await ada.get<{ login: { accessToken: string } }>('Login', {
      input: { login: 'ada', password: PASSWORD },
    });
    const [other, own] = [await openFeed(login.accessToken), await openFeed(ada.accessToken)];
    await ada.get('mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { userErrors { code } } }', {
      input: { allOthers: true },
    });
    const closing = await other.closed;
    expect([closing.code, closing.reason.split(':')[0]]).toEqual([4403, 'UNAUTHENTICATED']);
    const id = await post(ada, 'Who is revoked does not hear this');
    expect(await own.next()).toMatchObject({ payload: { data: { homeTimelineUpdates: { tweet: { id } } } } });
    await expect(other.next()).rejects.toThrow('closed');
    own.close();
  });

  test('when its token expires', async () => {
    const soon = { ...claimsOf(ada.accessToken), exp: Math.floor(Date.now() / 1000) + 2 };
    const socket = await openFeed(forge(key, soon));
    const closing = await socket.closed;
    expect([closing.code, closing.reason.split(':')[0]]).toEqual([4403, 'TOKEN_EXPIRED']);
    await vi.waitFor(async () => expect(await stack.liveChannels()).toBe(0));
  });

  test('when its owner erases the account', async () => {
    const eve = await register(stack, 'eve');
    const socket = await openFeed(eve.accessToken);
    await eve.get('EraseAccount', { input: { password: PASSWORD } });
    expect((await socket.closed).code).toBe(4403);
  });
});
