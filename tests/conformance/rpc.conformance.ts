import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';
import { createCall, encodeCall } from '@starling/kit/call.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { createDirectClient } from '@starling/kit/rpc/direct.ts';
import { createGrpcClient } from '@starling/kit/rpc/grpc-client.ts';
import { grpcService, serveGrpc } from '@starling/kit/rpc/grpc-server.ts';
import { sign } from '@starling/kit/signing.ts';
import { GraphService, type FollowerPage, type Graph } from '@starling/schema/generated/rpc/graph.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const KEYS = ['k'.repeat(32), 'old'.repeat(11)];
const AUDIENCE = 'graph';

const logged: object[] = [];
const logger = { error: (fields: object) => void logged.push(fields) };

/** What the handlers saw, and the events that tests wait for. */
let seen: CallContext[] = [];
let aborted = Promise.withResolvers<undefined>();
let started = Promise.withResolvers<undefined>();
let attempts = 0;

/** The request's user id says how the service behaves. */
const handlers: Graph<CallContext> = {
  async getRelations(call, { userId }) {
    seen.push(call);
    if (userId === 'typed') throw new StarlingError('RATE_LIMITED', 'Langsam, bitte: 1 €', { retryAfterMs: 5 });
    if (userId === 'broken') throw new Error('password is hunter2');
    if (userId === 'hangs') await hang(call);
    if (userId === 'away' && ++attempts < 3) throw new StarlingError('UNAVAILABLE', 'Not yet');
    return {
      userId,
      revision: 2n ** 62n,
      followsRevision: 1n,
      following: ['1'],
      blocking: [],
      blockedBy: [],
      muting: [],
    };
  },
  async getRelationsTo() {
    attempts += 1;
    throw new StarlingError('UNAVAILABLE', 'Not yet');
  },
  async *streamFollowers(call, { userId, pageSize }) {
    seen.push(call);
    for (let page = 0; page < pageSize; page += 1) yield { ids: [String(page)] };
    if (userId === 'typed') throw new StarlingError('FORBIDDEN', 'No further');
    if (userId === 'broken') throw new Error('password is hunter2');
    if (userId === 'hangs') await hang(call);
  },
  async importFollows() {
    return { created: 0 };
  },
};

function hang(call: CallContext): Promise<never> {
  started.resolve(undefined);
  return new Promise(() => call.signal?.addEventListener('abort', () => aborted.resolve(undefined)));
}

type Opened = { service: Graph<CallContext>; close(): Promise<void> };

const TRANSPORTS: Record<string, () => Promise<Opened>> = {
  'in process': async () => ({
    service: createDirectClient(GraphService, () => handlers, { logger }),
    close: async () => undefined,
  }),
  gRPC: async () => {
    const server = await serve();
    const client = createGrpcClient(GraphService, {
      address: `127.0.0.1:${server.port}`,
      keys: KEYS,
      audience: AUDIENCE,
      idempotent: ['getRelations'],
      logger,
    });
    const close = async () => {
      client.close();
      await server.close();
    };
    return { service: client.service, close };
  },
};

const serve = () =>
  serveGrpc({
    services: [grpcService(GraphService, handlers)],
    address: '127.0.0.1:0',
    keys: KEYS,
    audience: AUDIENCE,
    logger,
  });

const principal = { ...ANONYMOUS, userId: '7', scopes: ['read', 'write'], roles: ['moderator'] };
const call = (over: Partial<CallContext> & { timeoutMs?: number } = {}) => createCall({ principal, ...over });

beforeEach(() => {
  seen = [];
  logged.length = 0;
  attempts = 0;
  aborted = Promise.withResolvers();
  started = Promise.withResolvers();
});

describe.each(Object.entries(TRANSPORTS))('calls %s', (_name, open) => {
  let service: Graph<CallContext>;
  let close: () => Promise<void>;
  beforeAll(async () => ({ service, close } = await open()));
  afterAll(() => close());
  const getRelations = (userId: string, frame = call()) => service.getRelations(frame, { userId });

  test('a call answers, 64-bit numbers included', async () => {
    expect(await getRelations('1')).toMatchObject({ userId: '1', revision: 2n ** 62n, following: ['1'], muting: [] });
  });

  test('principal, request id, deadline and a signal arrive', async () => {
    const frame = call({ requestId: 'r-42', clientAddress: '::1' });
    await getRelations('1', frame);
    expect(seen[0]).toMatchObject({
      principal,
      requestId: 'r-42',
      clientAddress: '::1',
    });
    expect(seen[0]?.signal).toBeInstanceOf(AbortSignal);
    expect(Math.abs((seen[0]?.deadline ?? 0) - frame.deadline)).toBeLessThan(250);
  });

  test('a typed error keeps code, message and details', async () => {
    await expect(getRelations('typed')).rejects.toMatchObject({
      name: 'StarlingError',
      code: 'RATE_LIMITED',
      message: 'Langsam, bitte: 1 €',
      details: { retryAfterMs: 5 },
    });
    expect(logged).toEqual([]);
  });

  test('an unexpected error is masked, and logged where it happened', async () => {
    await expect(getRelations('broken', call({ requestId: 'r-9' }))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'Internal error',
      details: { requestId: 'r-9' },
    });
    expect(logged).toMatchObject([{ requestId: 'r-9', error: { message: 'password is hunter2' } }]);
  });

  test('a call ends at its deadline, and the handler is told', async () => {
    await expect(getRelations('hangs', call({ timeoutMs: 60 }))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await aborted.promise;
  });

  test('a call whose deadline has passed is not made', async () => {
    await expect(getRelations('1', call({ timeoutMs: -1 }))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(seen).toEqual([]);
  });

  test('a caller that goes away cancels the call, and the handler is told', async () => {
    const controller = new AbortController();
    const running = getRelations('hangs', call({ signal: controller.signal }));
    running.catch(() => undefined);
    await started.promise;
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await aborted.promise;
  });

  test('a caller that is gone already calls nobody', async () => {
    await expect(getRelations('1', call({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(seen).toEqual([]);
  });

  describe('a stream', () => {
    const stream = (userId: string, pageSize: number, frame = call()) =>
      service.streamFollowers(frame, { userId, pageSize, afterId: '' });

    test('gives every message in order, more than fit into any buffer', async () => {
      const pages = await collect(stream('1', 3_000));
      expect(pages.map(({ ids }) => ids[0])).toEqual(Array.from({ length: 3_000 }, (_, page) => String(page)));
    });

    test('may be empty', async () => {
      expect(await collect(stream('1', 0))).toEqual([]);
    });

    test('tells a typed error after what came before it', async () => {
      const pages: FollowerPage[] = [];
      const reading = (async () => {
        for await (const page of stream('typed', 2)) pages.push(page);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'No further' });
      expect(pages).toHaveLength(2);
    });

    test('masks an unexpected error', async () => {
      await expect(collect(stream('broken', 1))).rejects.toMatchObject({ code: 'INTERNAL', message: 'Internal error' });
      expect(logged).toHaveLength(1);
    });

    test('ends at its deadline, and the handler is told', async () => {
      await expect(collect(stream('hangs', 1, call({ timeoutMs: 60 })))).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
      await aborted.promise;
    });

    test('that is left early tells the handler', async () => {
      const iterator = stream('hangs', 1)[Symbol.asyncIterator]();
      await iterator.next();
      const pending = iterator.next();
      await started.promise;
      await iterator.return?.();
      await aborted.promise;
      expect((await pending).done).toBe(true);
    });
  });
});

describe('over gRPC', () => {
  let opened: Opened;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve();
    opened = await (TRANSPORTS['gRPC'] as () => Promise<Opened>)();
  });
  afterAll(async () => {
    await opened.close();
    await server.close();
  });

  test('an idempotent call is repeated while the service is away, any other is not', async () => {
    expect(await opened.service.getRelations(call(), { userId: 'away' })).toMatchObject({ userId: 'away' });
    expect(attempts).toBe(3);
    attempts = 0;
    await expect(opened.service.getRelationsTo(call(), { userId: '1', otherIds: [] })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(attempts).toBe(1);
  });

  test('a service that is not there is UNAVAILABLE', async () => {
    const gone = createGrpcClient(GraphService, { address: '127.0.0.1:1', keys: KEYS, audience: AUDIENCE, logger });
    await expect(gone.service.getRelations(call(), { userId: '1' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    gone.close();
  });

  test('a key that is on its way out still verifies', async () => {
    const client = connect({ keys: [KEYS[1] as string] });
    expect(await client.service.getRelations(call(), { userId: '1' })).toMatchObject({ userId: '1' });
    client.close();
  });

  test.each([
    ['with a foreign key', { keys: ['x'.repeat(32)] }],
    ['for another audience', { audience: 'users' }],
  ])('a call signed %s is refused', async (_how, trust) => {
    const client = connect(trust);
    await expect(client.service.getRelations(call(), { userId: '1' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    await expect(
      collect(client.service.streamFollowers(call(), { userId: '1', pageSize: 1, afterId: '' })),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    client.close();
    expect(seen).toEqual([]);
  });

  const { path, requestSerialize } = GraphService.getRelations;
  const frame = encodeCall(call());
  const body = requestSerialize({ userId: '1' });
  const signed = { audience: AUDIENCE, method: path, frame, body };

  test.each<[string, Partial<RawCall>]>([
    ['unsigned', { signature: undefined }],
    ['garbled', { signature: 'v1.1.x' }],
    ['stale', { signature: sign(signed, KEYS, Date.now() - 31_000) }],
    ['dated into the future', { signature: sign(signed, KEYS, Date.now() + 60_000) }],
    ['with another body', { body: requestSerialize({ userId: '2' }) }],
    ['with another principal', { frame: encodeCall(createCall({ principal: { ...principal, userId: '8' } })) }],
    ['signed for another method', { signature: sign({ ...signed, method: '/other' }, KEYS) }],
    ['without a frame', { frame: undefined }],
  ])('a call that is %s is refused', async (_how, change) => {
    const fresh: RawCall = { frame, body, signature: sign(signed, KEYS) };
    await expect(callRaw({ ...fresh, ...change })).rejects.toMatchObject({ code: 16 });
    expect(seen).toEqual([]);
  });

  test('a call signed in time is taken', async () => {
    await callRaw({ frame, body, signature: sign(signed, KEYS, Date.now() - 20_000) });
    expect(seen).toHaveLength(1);
  });

  test('a message that cannot be read is the caller’s fault', async () => {
    const garbage = Buffer.from([0xff, 0xff, 0xff]);
    const signature = sign({ ...signed, body: garbage }, KEYS);
    await expect(callRaw({ frame, body: garbage, signature })).rejects.toMatchObject({ details: 'BAD_REQUEST' });
  });

  test('weak keys are refused at the start', async () => {
    expect(() => connect({ keys: [] })).toThrow('at least one key');
    expect(() => connect({ keys: ['short'] })).toThrow('at least one key');
  });

  test('draining lets a running call end and takes no new one', async () => {
    const own = await serve();
    const client = createGrpcClient(GraphService, {
      address: `127.0.0.1:${own.port}`,
      keys: KEYS,
      audience: AUDIENCE,
      logger,
    });
    const controller = new AbortController();
    const running = client.service.getRelations(call({ signal: controller.signal }), { userId: 'hangs' });
    running.catch(() => undefined);
    await started.promise;
    own.pause();
    let isDrained = false;
    const drained = own.drain().then(() => (isDrained = true));
    await expect(connectTo(own.port).service.getRelations(call({ timeoutMs: 500 }), { userId: '1' })).rejects.toThrow();
    expect(isDrained).toBe(false);
    controller.abort();
    client.close();
    await drained;
    await own.close();
  });

  type RawCall = { frame: string | undefined; signature: string | undefined; body: Buffer };

  function callRaw({ frame, signature, body }: RawCall): Promise<unknown> {
    const raw = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
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

  const connectTo = (port: number, trust: { keys?: string[]; audience?: string } = {}) =>
    createGrpcClient(GraphService, { address: `127.0.0.1:${port}`, keys: KEYS, audience: AUDIENCE, logger, ...trust });
  const connect = (trust: { keys?: string[]; audience?: string }) => connectTo(server.port, trust);
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
