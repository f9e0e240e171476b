import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransportCode } from '@starling/kit/errors.ts';
import { fingerprint } from './support/database-scan.ts';
import { post, register, type Someone } from './support/people.ts';
import { sendRaw, type RawRequest } from './support/raw-request.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';
import { expectOneError } from './support/told-errors.ts';

let stack: TestStack;
let ada: Someone;
let facts: Record<string, string>;

beforeAll(async () => {
  stack = await startTestStack({ gateway: { sessionTtlMs: 0 } });
  ada = await register(stack, 'ada');
  await post(ada, 'The one tweet there is');
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
const getPath = (query: string) => `?${new URLSearchParams({ query }).toString()}`;

type BadRequest = [what: string, request: RawRequest, code: TransportCode, status: number];

const BAD_REQUESTS: readonly BadRequest[] = [
  [
    'a body of a megabyte',
    { body: { query: READ, variables: { pad: 'x'.repeat(1024 * 1024) } } },
    'PAYLOAD_TOO_LARGE',
    413,
  ],
  ['what is no JSON', { body: '{"query": ' }, 'BAD_REQUEST', 400],
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
