import type { CallContext } from '@starling/kit/principal.ts';
import { createDirectClient } from '@starling/kit/rpc/direct.ts';
import { GraphDefinition, type FollowerPage, type Graph } from '@starling/schema/generated/rpc/graph.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { call, collect, createTestService, principal, type TestService } from './rpc/test-service.ts';

type Opened = { service: Graph<CallContext>; close(): Promise<void> };

const TRANSPORTS: Record<string, (tested: TestService) => Promise<Opened>> = {
  'in process': async ({ handlers, logger }) => ({
    service: createDirectClient(GraphDefinition, () => handlers, { logger }),
    close: async () => undefined,
  }),
  gRPC: async (tested) => {
    const server = await tested.serve();
    const client = tested.connect(`127.0.0.1:${server.port}`);
    const close = async () => {
      client.close();
      await server.close();
    };
    return { service: client.service, close };
  },
};

let tested: TestService;

describe.each(Object.entries(TRANSPORTS))('calls %s', (_name, open) => {
  let service: Graph<CallContext>;
  let close: () => Promise<void>;
  beforeEach(async () => {
    tested = createTestService();
    ({ service, close } = await open(tested));
  });
  afterEach(() => close());
  const getRelations = (userId: string, frame = call()) => service.getRelations(frame, { userId });

  test('a call answers, 64-bit numbers included', async () => {
    expect(await getRelations('1')).toMatchObject({ userId: '1', revision: 2n ** 62n, following: ['1'], muting: [] });
  });

  test('principal, request id, deadline and a signal arrive', async () => {
    const frame = call({ requestId: 'r-42', clientAddress: '::1' });
    await getRelations('1', frame);
    expect(tested.seen[0]).toMatchObject({
      principal,
      requestId: 'r-42',
      clientAddress: '::1',
    });
    expect(tested.seen[0]?.signal).toBeInstanceOf(AbortSignal);
    expect(Math.abs((tested.seen[0]?.deadline ?? 0) - frame.deadline)).toBeLessThan(250);
  });

  test('how far a database has come comes back, and goes along', async () => {
    tested.failures = 0;
    const positions: string[] = [];
    const onWrote = (...told: string[]) => void positions.push(...told);
    await service.importFollows(call({ onWrote }), { follows: [] });
    expect(positions).toEqual(['starling_graph', '0/16B3748']);
    await getRelations('1', call({ consistency: { starling_graph: '0/16B3748' } }));
    expect(tested.seen.at(-1)?.consistency).toEqual({ starling_graph: '0/16B3748' });
  });

  test('a typed error keeps code, message and details', async () => {
    await expect(getRelations('typed')).rejects.toMatchObject({
      name: 'StarlingError',
      code: 'RATE_LIMITED',
      message: 'Langsam, bitte: 1 €',
      details: { retryAfterMs: 5 },
    });
    expect(tested.logged).toEqual([]);
  });

  test('an unexpected error is masked, and logged where it happened', async () => {
    await expect(getRelations('broken', call({ requestId: 'r-9' }))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'Internal error',
      details: { requestId: 'r-9' },
    });
    expect(tested.logged).toMatchObject([{ requestId: 'r-9', error: { message: 'password is hunter2' } }]);
  });

  test('a call ends at its deadline, and the handler is told', async () => {
    await expect(getRelations('hangs', call({ timeoutMs: 60 }))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await tested.aborted.promise;
  });

  test('a call whose deadline has passed is not made', async () => {
    await expect(getRelations('1', call({ timeoutMs: -1 }))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(tested.seen).toEqual([]);
  });

  test('a caller that goes away cancels the call, and the handler is told', async () => {
    const controller = new AbortController();
    const running = getRelations('hangs', call({ signal: controller.signal }));
    running.catch(() => undefined);
    await tested.started.promise;
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await tested.aborted.promise;
  });

  test('a caller that is gone already calls nobody', async () => {
    await expect(getRelations('1', call({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(tested.seen).toEqual([]);
  });

  describe('a stream', () => {
    const stream = (userId: string, pageSize: number, frame = call()) =>
      service.streamFollowers(frame, { userId, pageSize, afterId: '', famousAtMs: 0n });

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
      expect(tested.logged).toHaveLength(1);
    });

    test('ends at its deadline, and the handler is told', async () => {
      await expect(collect(stream('hangs', 1, call({ timeoutMs: 60 })))).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
      await tested.aborted.promise;
    });

    test('that is left early tells the handler', async () => {
      const iterator = stream('hangs', 1)[Symbol.asyncIterator]();
      await iterator.next();
      const pending = iterator.next();
      await tested.started.promise;
      await iterator.return?.();
      await tested.aborted.promise;
      expect((await pending).done).toBe(true);
    });
  });
});
