import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import { ask, codeOf, statusOf } from './testing/ask.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';

let door: TestGateway;
beforeAll(async () => {
  door = await startTestGateway({ corsOrigins: ['https://web.example'] });
});
afterAll(() => door.stop());

const query = (text: string, variables?: object, operationName?: string) => ({ query: text, variables, operationName });

describe('what is asked well', () => {
  test('is answered over several subgraphs with 200', async () => {
    const { status, body, headers } = await ask(door.url, query('{ notes(first: 2) { id author { name } } }'));
    expect(status).toBe(200);
    expect(body).toEqual({
      data: {
        notes: [
          { id: '0', author: { name: 'Ada' } },
          { id: '1', author: { name: 'Ada' } },
        ],
      },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('etag')).toBeNull();
  });

  test('is answered in the media type that the client prefers', async () => {
    const accept = { accept: 'application/graphql-response+json' };
    const good = await ask(door.url, query('{ requestId }'), { headers: accept });
    expect(good.headers.get('content-type')).toContain('application/graphql-response+json');
    const bad = await ask(door.url, query('{ nope }'), { headers: accept });
    expect([bad.status, codeOf(bad.body)]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  test('may be asked by GET if it is a query and no foreign page can have sent it', async () => {
    const url = `${door.url}?query=${encodeURIComponent('{ requestId }')}`;
    expect(await statusOf(url, { 'apollo-require-preflight': '1' })).toBe(200);
    expect(await statusOf(url)).toBe(400);
    const mutation = `${door.url}?query=${encodeURIComponent('mutation { write(text: "x") { id } }')}`;
    expect(await statusOf(mutation, { 'apollo-require-preflight': '1' })).toBe(405);
  });
});

describe('what cannot be run gets one coded error and 400', () => {
  const deep = `{ note(id: 1) { ${'replies(first: 1) { '.repeat(16)}id${' }'.repeat(16)} } }`;
  test.each([
    ['a syntax error', query('{ requestId'), 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', query('{ nope }'), 'GRAPHQL_VALIDATION_FAILED'],
    ['a wrong variable', query('query($n: Int!) { notes(first: $n) { id } }', { n: 'x' }), 'BAD_USER_INPUT'],
    ['a missing variable', query('query($n: Int!) { notes(first: $n) { id } }'), 'BAD_USER_INPUT'],
    [
      'a null in place of a default',
      query('query($n: Int = 1) { notes(first: $n) { id } }', { n: null }),
      'BAD_USER_INPUT',
    ],
    ['too much depth', query(deep), 'OPERATION_TOO_COMPLEX'],
    ['too much data', query('{ notes(first: 999) { replies(first: 100) { id } } }'), 'OPERATION_TOO_COMPLEX'],
    ['too many tokens', query(`{ ${'requestId '.repeat(5_000)} }`), 'OPERATION_TOO_COMPLEX'],
    ['an ambiguous operation', query('query A { requestId } query B { requestId }'), 'BAD_REQUEST'],
    ['an unknown operation', query('query A { requestId }', {}, 'B'), 'BAD_REQUEST'],
    ['a name for an operation that has none', query('{ requestId }', {}, 'B'), 'BAD_REQUEST'],
    ['a subscription', query('subscription { counted(to: 2) }'), 'BAD_REQUEST'],
    ['no query', { variables: {} }, 'BAD_REQUEST'],
    ['a batch', [query('{ requestId }')], 'BAD_REQUEST'],
    ['no JSON', '{"query": ', 'BAD_REQUEST'],
    ['variables that are no object', { query: '{ requestId }', variables: 3 }, 'BAD_REQUEST'],
  ])('%s', async (_what, body, code) => {
    const answer = await ask(door.url, body);
    expect([answer.status, codeOf(answer.body)]).toEqual([400, code]);
    expect(answer.body.data).toBeUndefined();
  });

  test('a form of a foreign page', async () => {
    const answer = await ask(door.url, query('{ requestId }'), { headers: { 'content-type': 'text/plain' } });
    expect([answer.status, codeOf(answer.body)]).toEqual([400, 'BAD_REQUEST']);
  });

  test('a persisted query, with the message and the 200 by which its clients know to send the whole text', async () => {
    const answer = await ask(door.url, { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } });
    expect([answer.status, codeOf(answer.body)]).toEqual([200, 'BAD_REQUEST']);
    expect(answer.body.errors?.[0]?.message).toBe('PersistedQueryNotSupported');
  });

  test('an oversized body gets 413', async () => {
    const answer = await ask(door.url, query(`# ${'x'.repeat(300_000)}`));
    expect([answer.status, codeOf(answer.body)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  test('and nothing of it is taken for a fault of ours', () => expect(door.logged).toEqual([]));
});

describe('errors of subgraphs', () => {
  test('keep their code and details', async () => {
    const { status, body } = await ask(door.url, query('{ fails(how: "coded") }'));
    expect([status, body.data]).toEqual([200, { fails: null }]);
    expect(body.errors).toEqual([
      { message: 'Slower, please', path: ['fails'], extensions: { code: 'RATE_LIMITED', retryAfterMs: 5 } },
    ]);
  });

  test('that nobody foresaw are masked, and logged once with the request id that the client is told', async () => {
    for (const how of ['fault', 'graphql']) {
      door.logged.length = 0;
      const { body, headers } = await ask(door.url, query(`{ fails(how: "${how}") }`));
      const requestId = headers.get('x-request-id');
      expect(body.errors).toEqual([
        { message: 'Internal error', path: ['fails'], extensions: { code: 'INTERNAL', requestId } },
      ]);
      expect(door.logged).toHaveLength(1);
      expect(door.logged[0]).toMatchObject({ requestId });
    }
    door.logged.length = 0;
  });

  test('are told when a deadline passes', async () => {
    const hasty = await startTestGateway({ requestTimeoutMs: 1_500 });
    const { status, body } = await ask(hasty.url, query('{ fails(how: "hangs") }'));
    expect([status, codeOf(body)]).toEqual([200, 'DEADLINE_EXCEEDED']);
    await hasty.stop();
  });
});

describe('who asks', () => {
  test('is known by the token, and forwarded to the subgraph', async () => {
    const authorization = `Bearer ${await door.tokens.sign({ userId: '7' })}`;
    expect((await ask(door.url, query('{ whoami }'), { headers: { authorization } })).body).toEqual({
      data: { whoami: '7' },
    });
    expect(codeOf((await ask(door.url, query('{ whoami }'))).body)).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['no Bearer', 'Basic abc', 'UNAUTHENTICATED'],
    ['no token', 'Bearer a.b.c', 'UNAUTHENTICATED'],
  ])('%s gets 401', async (_what, authorization, code) => {
    const { status, body } = await ask(door.url, query('{ requestId }'), { headers: { authorization } });
    expect([status, codeOf(body)]).toEqual([401, code]);
  });

  test('an expired token gets 401, a service that is away 503, a fault of ours 500', async () => {
    const headersOf = async (claims: object) => ({ authorization: `Bearer ${await door.tokens.sign(claims)}` });
    const expired = await ask(door.url, query('{ requestId }'), {
      headers: await headersOf({ expiresInSeconds: -60 }),
    });
    expect([expired.status, codeOf(expired.body)]).toEqual([401, 'TOKEN_EXPIRED']);

    door.tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    const away = await ask(door.url, query('{ requestId }'), { headers: await headersOf({ sessionId: '7-away' }) });
    expect([away.status, codeOf(away.body)]).toEqual([503, 'UNAVAILABLE']);

    door.tokens.fault = new Error('the password is hunter2');
    const broken = await ask(door.url, query('{ requestId }'), { headers: await headersOf({ sessionId: '7-broken' }) });
    door.tokens.fault = null;
    expect([broken.status, codeOf(broken.body)]).toEqual([500, 'INTERNAL']);
    expect(JSON.stringify(broken.body)).not.toContain('hunter2');
    expect(door.logged).toHaveLength(1);
    expect(door.logged[0]).toMatchObject({ requestId: broken.headers.get('x-request-id') });
    door.logged.length = 0;
  });
});

describe('around GraphQL', () => {
  test('a request id from outside is kept if it looks like one', async () => {
    const own = await ask(door.url, query('{ requestId }'), { headers: { 'x-request-id': 'client-0123456789' } });
    expect(own.body.data).toEqual({ requestId: 'client-0123456789' });
    expect(own.headers.get('x-request-id')).toBe('client-0123456789');
    const odd = await ask(door.url, query('{ requestId }'), { headers: { 'x-request-id': 'a b' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each(['/nowhere', '/graphql/more', '/'])('%s is 404 in JSON', async (path) => {
    const answer = await ask(new URL(path, door.url).href, query('{ requestId }'));
    expect([answer.status, codeOf(answer.body)]).toEqual([404, 'BAD_REQUEST']);
  });

  test('health and keys are told without a token', async () => {
    const get = (path: string) => fetch(new URL(path, door.url));
    expect((await get('/livez')).status).toBe(200);
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'failing', checks: { 'event log': 'failing' } },
    ]);
    const keys = await get('/.well-known/jwks.json');
    expect(keys.headers.get('content-type')).toContain('application/jwk-set+json');
    expect(await keys.json()).toMatchObject({ keys: [{ kid: 'first', kty: 'OKP' }] });
    door.tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    expect((await get('/.well-known/jwks.json')).status).toBe(503);
    door.tokens.fault = null;
  });

  test('only the origins that were named may ask from a page', async () => {
    const preflight = async (origin: string) => {
      const headers = { origin, 'access-control-request-method': 'POST' };
      return (await fetch(door.url, { method: 'OPTIONS', headers })).headers.get('access-control-allow-origin');
    };
    expect(await preflight('https://web.example')).toBe('https://web.example');
    expect(await preflight('https://evil.example')).toBeNull();
  });
});

describe('stopping', () => {
  test('running requests are answered, new connections are refused, and idle ones do not hold it up', async () => {
    const stopping = await startTestGateway();
    await ask(stopping.url, query('{ requestId }'));
    const slow = ask(stopping.url, query('{ fails(how: "waits") }'));
    await vi.waitFor(() => expect(stopping.waiting()).toBe(1), { timeout: 5_000 });
    const stopped = stopping.stop();
    await vi.waitFor(() => expect(statusOf(`http://127.0.0.1:${stopping.port}/livez`)).rejects.toThrow());
    stopping.release();
    expect((await slow).body).toEqual({ data: { fails: 'done' } });
    await stopped;
    await stopping.stop();
  });

  test('a start on a busy port says so, and leaves nothing behind', async () => {
    await expect(startTestGateway({ port: door.port })).rejects.toThrow(`Port ${door.port} is in use`);
    expect(await statusOf(`http://127.0.0.1:${door.port}/livez`)).toBe(200);
  });
});
