import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createCall, encodeCall } from '@starling/kit/call.ts';
import { encodeRequest, EXECUTE, SUBSCRIBE } from '@starling/kit/serve-subgraph/wire.ts';
import type { ServedSubgraph } from '@starling/kit/serve-subgraph/serve-subgraph.ts';
import { sign } from '@starling/kit/signing.ts';
import { createMemoryNonces } from '@starling/kit/signing/nonces.ts';
import { call, createTestSubgraph, KEYS, NAME, principal, type TestSubgraph } from './subgraph-client/test-subgraph.ts';

const nonces = createMemoryNonces();
let tested: TestSubgraph;
let served: ServedSubgraph;
beforeEach(async () => {
  tested = createTestSubgraph();
  served = await tested.serve({ nonces, maxBodyBytes: 10_000 });
});
afterEach(async () => {
  await served.drain();
  await served.close();
});

const frame = encodeCall(call());
const QUERY = Buffer.from(encodeRequest({ query: '{ whoami }' }));
const signedQuery = { audience: NAME, method: EXECUTE, frame, body: QUERY };

type Sent = { frame: string | undefined; signature: string | undefined; body: Buffer };
type Answer = { status: number; code: unknown; data: unknown };

async function post({ frame: sent, signature, body }: Sent, port = served.port): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(sent !== undefined && { 'starling-call': sent }),
      ...(signature !== undefined && { 'starling-signature': signature }),
    },
    body: new Uint8Array(body),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  return { status: response.status, code: errors?.[0]?.extensions.code, data };
}

describe('a request', () => {
  test.each<[string, Partial<Sent>]>([
    ['unsigned', { signature: undefined }],
    ['garbled', { signature: 'v1.1.x' }],
    ['stale', { signature: sign(signedQuery, KEYS, Date.now() - 31_000) }],
    ['dated into the future', { signature: sign(signedQuery, KEYS, Date.now() + 60_000) }],
    ['signed with a foreign key', { signature: sign(signedQuery, ['x'.repeat(32)]) }],
    ['meant for another subgraph', { signature: sign({ ...signedQuery, audience: 'users' }, KEYS) }],
    ['meant for another method', { signature: sign({ ...signedQuery, method: SUBSCRIBE }, KEYS) }],
    ['with another body', { body: Buffer.from(encodeRequest({ query: '{ text(length: 1) }' })) }],
    ['with another principal', { frame: encodeCall(createCall({ principal: { ...principal, userId: '8' } })) }],
    ['without a frame', { frame: undefined }],
  ])('that is %s is refused', async (_how, change) => {
    const fresh = { frame, body: QUERY, signature: sign(signedQuery, KEYS) };
    expect(await post({ ...fresh, ...change })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(tested.seen).toEqual([]);
  });

  test('that only reads is taken as often as it comes, within its time', async () => {
    const once = { frame, body: QUERY, signature: sign(signedQuery, KEYS, Date.now() - 20_000) };
    for (const _ of [1, 2]) expect(await post(once)).toMatchObject({ status: 200, data: { whoami: '7' } });
  });

  test('that changes something is taken once, by whichever instance', async () => {
    const other = await tested.serve({ nonces });
    const body = Buffer.from(encodeRequest({ query: 'mutation { write(text: "hi") }' }));
    const once = { frame, body, signature: sign({ ...signedQuery, body }, KEYS) };
    expect(await post(once)).toMatchObject({ status: 200 });
    for (const { port } of [served, other])
      expect(await post(once, port)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(tested.written).toEqual(['hi']);
    await other.close();
  });

  test('that is too large is refused unread', async () => {
    const body = Buffer.alloc(10_001, ' ');
    expect(await post({ frame, body, signature: sign({ ...signedQuery, body }, KEYS) })).toEqual({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  test.each(['{', '[]', '{"query":1}', '{"query":"{ whoami }"}'])('of another form (%s) is refused', async (text) => {
    const body = Buffer.from(text);
    expect(await post({ frame, body, signature: sign({ ...signedQuery, body }, KEYS) })).toEqual({
      status: 400,
      code: 'BAD_REQUEST',
    });
  });
});

test('keys rotate without a refused request', async () => {
  const [present, next] = ['p'.repeat(32), 'n'.repeat(32)];
  for (const keys of [[present], [present, next], [next, present], [next]]) {
    const rotated = await tested.serve({ keys });
    for (const by of keys.length === 1 ? [keys] : [[present], [next]]) {
      const client = tested.connect(rotated.port, { keys: by });
      expect(await client.execute({ query: '{ whoami }' }, call())).toEqual({ data: { whoami: '7' } });
      await client.close();
    }
    await rotated.close();
  }
});

test('weak keys are refused at the start', async () => {
  await expect(tested.serve({ keys: ['short'] })).rejects.toThrow('at least one key');
  expect(() => tested.connect(1, { keys: [] })).toThrow('at least one key');
});

describe('a subscription', () => {
  const request = { query: 'subscription { counted(to: 1) }', variables: {}, operationName: null };
  const signed = { audience: NAME, method: SUBSCRIBE, frame, body: Buffer.from(encodeRequest(request)) };

  test.each<[string, { call?: string; signature?: string } | undefined]>([
    ['unsigned', undefined],
    ['without a frame', { signature: sign(signed, KEYS) }],
    ['stale', { call: frame, signature: sign(signed, KEYS, Date.now() - 31_000) }],
    ['meant for another subgraph', { call: frame, signature: sign({ ...signed, audience: 'users' }, KEYS) }],
    ['signed as a request', { call: frame, signature: sign({ ...signed, method: EXECUTE }, KEYS) }],
    [
      'of another document',
      { call: frame, signature: sign({ ...signed, body: Buffer.from(encodeRequest({ query: '{ x }' })) }, KEYS) },
    ],
  ])('that is %s is refused', async (_how, extensions) => {
    const client = createClient({
      url: `ws://127.0.0.1:${served.port}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      generateID: () => randomUUID(),
    });
    const refusal = new Promise((resolve, reject) => {
      const payload = { ...request, ...(extensions && { extensions }) };
      client.subscribe(payload, { next: reject, error: resolve, complete: () => reject(new Error('complete')) });
    });
    expect(await refusal).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    await client.dispose();
  });
});
