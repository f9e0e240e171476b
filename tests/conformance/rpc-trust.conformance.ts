import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { createCall, encodeCall } from '@starling/kit/call.ts';
import type { GrpcServer } from '@starling/kit/rpc/grpc-server.ts';
import { sign } from '@starling/kit/signing.ts';
import { createMemoryNonces, type NonceStore } from '@starling/kit/signing/nonces.ts';
import { GetRelationsRequest, ImportFollowsRequest } from '@starling/schema/generated/rpc/graph.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AUDIENCE, call, collect, createTestService, KEYS, principal, type TestService } from './rpc/test-service.ts';

const UNAUTHENTICATED = 16;

let tested: TestService;
let server: GrpcServer;
let claimed: string[];
let nonces: NonceStore;
beforeEach(async () => {
  tested = createTestService();
  claimed = [];
  const memory = createMemoryNonces();
  nonces = {
    async claim(nonce, ttlMs) {
      claimed.push(nonce);
      return memory.claim(nonce, ttlMs);
    },
  };
  server = await tested.serve({ nonces });
});
afterEach(() => server.close());

const connect = (trust: { keys?: string[]; audience?: string } = {}) =>
  tested.connect(`127.0.0.1:${server.port}`, trust);

describe('keys', () => {
  test('that are on their way out, or in, still verify', async () => {
    const client = connect({ keys: [KEYS[1] as string] });
    expect(await client.service.getRelations(call(), { userId: '1' })).toMatchObject({ userId: '1' });
    client.close();
  });

  test('rotate without a refused call', async () => {
    const [present, next] = ['p'.repeat(32), 'n'.repeat(32)];
    for (const keys of [[present], [present, next], [next, present], [next]]) {
      const rotated = await tested.serve({ keys });
      const signedBy = keys.length === 1 ? [keys] : [[present], [next]];
      for (const by of signedBy) {
        const client = tested.connect(`127.0.0.1:${rotated.port}`, { keys: by });
        expect(await client.service.getRelations(call(), { userId: '1' })).toMatchObject({ userId: '1' });
        client.close();
      }
      await rotated.close();
    }
  });

  test('that are weak are refused at the start', () => {
    expect(() => connect({ keys: [] })).toThrow('at least one key');
    expect(() => connect({ keys: ['short'] })).toThrow('at least one key');
  });

  test.each([
    ['with a foreign key', { keys: ['x'.repeat(32)] }],
    ['for another audience', { audience: 'users' }],
  ])('a call signed %s is refused', async (_how, trust) => {
    const { service, close } = connect(trust);
    const refused = { code: 'UNAUTHENTICATED' };
    await expect(service.getRelations(call(), { userId: '1' })).rejects.toMatchObject(refused);
    const stream = service.streamFollowers(call(), { userId: '1', pageSize: 1, afterId: '', famousAtMs: 0n });
    await expect(collect(stream)).rejects.toMatchObject(refused);
    close();
    expect(tested.seen).toEqual([]);
  });
});

describe('a call', () => {
  const path = '/starling.graph.v1.Graph/GetRelations';
  const bodyOf = (userId: string) => Buffer.from(GetRelationsRequest.encode({ userId }).finish());
  const frame = encodeCall(call());
  const body = bodyOf('1');
  const signed = { audience: AUDIENCE, method: path, frame, body };

  test.each<[string, Partial<RawCall>]>([
    ['unsigned', { signature: undefined }],
    ['garbled', { signature: 'v1.1.x' }],
    ['stale', { signature: sign(signed, KEYS, Date.now() - 31_000) }],
    ['dated into the future', { signature: sign(signed, KEYS, Date.now() + 60_000) }],
    ['with another body', { body: bodyOf('2') }],
    ['with another principal', { frame: encodeCall(createCall({ principal: { ...principal, userId: '8' } })) }],
    ['signed for another method', { signature: sign({ ...signed, method: '/other' }, KEYS) }],
    ['without a frame', { frame: undefined }],
  ])('that is %s is refused', async (_how, change) => {
    const fresh: RawCall = { path, frame, body, signature: sign(signed, KEYS) };
    await expect(callRaw({ ...fresh, ...change })).rejects.toMatchObject({ code: UNAUTHENTICATED });
    expect(tested.seen).toEqual([]);
  });

  test('signed in time is taken, and one that only reads as often as it comes', async () => {
    const once = { path, frame, body, signature: sign(signed, KEYS, Date.now() - 20_000) };
    await callRaw(once);
    await callRaw(once);
    expect(tested.seen).toHaveLength(2);
    expect(claimed).toEqual([]);
  });

  test('with a message that cannot be read is the caller’s fault', async () => {
    const garbage = Buffer.from([0xff, 0xff, 0xff]);
    const signature = sign({ ...signed, body: garbage }, KEYS);
    await expect(callRaw({ path, frame, body: garbage, signature })).rejects.toMatchObject({ details: 'BAD_REQUEST' });
  });
});

describe('a call that changes something', () => {
  const path = '/starling.graph.v1.Graph/ImportFollows';
  const body = Buffer.from(ImportFollowsRequest.encode({ follows: [] }).finish());

  test('is refused when it comes again, whichever instance it comes to', async () => {
    tested.failures = 0;
    const frame = encodeCall(call());
    const signature = sign({ audience: AUDIENCE, method: path, frame, body }, KEYS);
    const other = await tested.serve({ nonces });
    await callRaw({ path, frame, body, signature });
    for (const { port } of [server, other]) {
      await expect(callRaw({ path, frame, body, signature }, port)).rejects.toMatchObject({ code: UNAUTHENTICATED });
    }
    expect(tested.seen).toHaveLength(1);
    await other.close();
  });

  test('is signed anew when it is tried again', async () => {
    const client = connect();
    expect(await client.service.importFollows(call(), { follows: [] })).toEqual({ created: 1 });
    expect(tested.attempts).toBe(3);
    expect(new Set(claimed).size).toBe(3);
    client.close();
  });
});

type RawCall = { path: string; frame: string | undefined; signature: string | undefined; body: Buffer };

function callRaw({ path, frame, signature, body }: RawCall, port = server.port): Promise<unknown> {
  const raw = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const metadata = new Metadata();
  if (frame !== undefined) metadata.set('starling-call', frame);
  if (signature !== undefined) metadata.set('starling-signature', signature);
  const asItIs = (bytes: Buffer) => bytes;
  return new Promise((resolve, reject) => {
    const onAnswer = (error: ServiceError | null, answer?: Buffer) => {
      raw.close();
      if (error) reject(error);
      else resolve(answer);
    };
    raw.makeUnaryRequest(path, asItIs, asItIs, body, metadata, onAnswer);
  });
}
