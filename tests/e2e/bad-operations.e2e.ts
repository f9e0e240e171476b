import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransportCode } from '@starling/kit/errors.ts';
import { fingerprint } from './support/database-scan.ts';
import { post, register } from './support/people.ts';
import { sendRaw, type RawRequest } from './support/raw-request.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';
import { expectOneError } from './support/told-errors.ts';

let stack: TestStack;
let facts: Record<string, string>;

beforeAll(async () => {
  stack = await startTestStack();
  await post(await register(stack, 'ada'), 'The one tweet there is');
  await stack.drain();
  facts = await fingerprint(stack.databases);
});
afterAll(async () => {
  expect(await fingerprint(stack.databases)).toEqual(facts);
  await stack.stop();
});

const send = (request: RawRequest) => sendRaw(stack, request);

const deep = (levels: number) =>
  `{ tweet(id: "1000000000000000000") ${'{ inReplyTo '.repeat(levels)}{ id }${' }'.repeat(levels)} }`;
const many = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => one(index)).join(' ');

type BadOperation = [what: string, request: RawRequest, code: TransportCode, status: number];

const BAD_OPERATIONS: readonly BadOperation[] = [
  ['malformed UTF-8 in a name', { body: '{"query": "{ \\ud800 }"}' }, 'GRAPHQL_PARSE_FAILED', 400],
  ['fragments only', { body: { query: 'fragment F on Tweet { id }' } }, 'GRAPHQL_VALIDATION_FAILED', 400],
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
];

describe('one error is told of', () => {
  test.each(BAD_OPERATIONS)('%s', async (_what, request, code, status) => {
    const answer = await send(request);
    expectOneError(answer, code);
    expect(answer.status).toBe(status);
    expect(answer.data ?? null).toBeNull();
  });
});
