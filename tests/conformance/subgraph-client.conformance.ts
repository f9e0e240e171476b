import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createInProcessSubgraph } from '@starling/gateway/in-process-subgraph.ts';
import type { SubgraphClient } from '@starling/gateway/subgraph-client.ts';
import { createLogger } from '@starling/kit/logger.ts';
import type { SubgraphResponse } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { call, createTestSubgraph, principal, type TestSubgraph } from './subgraph-client/test-subgraph.ts';

type Opened = { client: SubgraphClient; close(): Promise<void> };

const CLIENTS: Record<string, (tested: TestSubgraph) => Promise<Opened>> = {
  'in process': async ({ subgraph, logged }) => {
    const write = (line: string) => void logged.push(JSON.parse(line) as { msg: string });
    const logger = createLogger({ name: 'test', level: 'error', destination: { write } });
    return { client: createInProcessSubgraph(subgraph, logger), close: async () => undefined };
  },
  'over HTTP and WebSocket': async (tested) => {
    const served = await tested.serve();
    const client = tested.connect(served.port);
    const close = async () => {
      await client.close();
      await served.drain();
      await served.close();
    };
    return { client, close };
  },
};

/** Milliseconds pass, except on a busy machine. */
const PATIENT = { timeout: 20_000 };

describe.each(Object.entries(CLIENTS))('a subgraph %s', (_name, open) => {
  let tested: TestSubgraph;
  let client: SubgraphClient;
  let close: () => Promise<void>;
  beforeEach(async () => {
    tested = createTestSubgraph();
    ({ client, close } = await open(tested));
  });
  afterEach(() => close());
  const fails = (how: string, frame = call()) => client.execute({ query: `{ fails(how: "${how}") }` }, frame);

  test('answers, with variables and by the name of the operation', async () => {
    const query = 'query A { whoami } query B($n: Int!) { text(length: $n) }';
    const answer = await client.execute({ query, variables: { n: 3 }, operationName: 'B' }, call());
    expect(answer).toEqual({ data: { text: 'xxx' } });
  });

  test('is told principal, request id, deadline, positions and when nobody waits', async () => {
    const frame = call({ requestId: 'r-42', clientAddress: '::1', userAgent: 'me', consistency: { notes: '0/1' } });
    expect(await client.execute({ query: '{ whoami }' }, frame)).toEqual({ data: { whoami: '7' } });
    const [seen] = tested.seen;
    expect(seen).toMatchObject({
      principal,
      requestId: 'r-42',
      clientAddress: '::1',
      userAgent: 'me',
      consistency: { notes: '0/1' },
    });
    expect(seen?.signal).toBeInstanceOf(AbortSignal);
    expect(Math.abs((seen?.deadline ?? 0) - frame.deadline)).toBeLessThan(500);
  });

  test('runs a mutation once, and tells how far its database has come', async () => {
    const positions: string[] = [];
    const onWrote = (...told: string[]) => void positions.push(...told);
    const query = 'mutation ($text: String!) { write(text: $text) }';
    const answer = await client.execute({ query, variables: { text: 'hi' } }, call({ onWrote }));
    expect(answer).toEqual({ data: { write: 'hi' } });
    expect(tested.written).toEqual(['hi']);
    expect(positions).toEqual(['starling_notes', '0/16B3748']);
  });

  test('tells a typed error at its path, with code, message and details', async () => {
    expect(await fails('typed')).toMatchObject({
      data: { fails: null },
      errors: [
        {
          message: 'Langsam, bitte: 1 €',
          path: ['fails'],
          extensions: { code: 'RATE_LIMITED', retryAfterMs: 5 },
        },
      ],
    });
    expect(tested.logged).toEqual([]);
  });

  test('masks an unexpected error, and logs it once where it happened', async () => {
    expect(await fails('broken', call({ requestId: 'r-9' }))).toMatchObject({
      errors: [{ message: 'Internal error', extensions: { code: 'INTERNAL', requestId: 'r-9' } }],
    });
    expect(tested.logged).toMatchObject([{ requestId: 'r-9', error: { message: 'password is hunter2' } }]);
  });

  test.each([
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { told }', 'BAD_REQUEST'],
    ['query ($n: Int!) { text(length: $n) }', 'BAD_USER_INPUT'],
  ])('refuses %s with %s', async (query, code) => {
    expect(await client.execute({ query }, call())).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  test('is not asked when the deadline has passed or the caller has gone', async () => {
    const refused = { errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] };
    expect(await client.execute({ query: '{ whoami }' }, call({ timeoutMs: -1 }))).toMatchObject(refused);
    expect(await client.execute({ query: '{ whoami }' }, call({ signal: AbortSignal.abort() }))).toMatchObject(refused);
    expect(tested.seen).toEqual([]);
  });

  test('is given up at the deadline, and told', async () => {
    expect(await fails('hangs', call({ timeoutMs: 300 }))).toMatchObject({
      errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }],
    });
    await tested.aborted.promise;
  });

  test('is told when the caller goes', async () => {
    const leaving = new AbortController();
    const running = fails('hangs', call({ signal: leaving.signal }));
    await tested.started.promise;
    leaving.abort();
    expect(await running).toMatchObject({ errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] });
    await tested.aborted.promise;
  });

  test('gives large answers', async () => {
    const { data } = await client.execute({ query: '{ text(length: 1000000) }' }, call());
    expect(String(data?.['text'])).toHaveLength(1_000_000);
  });

  describe('whose subscriptions', () => {
    const subscribe = (query: string, frame = call()) => client.subscribe({ query }, frame);
    const stream = async (query: string) => {
      const events = await subscribe(query);
      if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events));
      return events;
    };

    test('give every event in order, and end with their source', async () => {
      const events = await collect(await stream('subscription { counted(to: 300) }'));
      expect(events.map(({ data }) => data?.['counted'])).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    });

    test('stand when they are answered', async () => {
      const events = await stream('subscription { told }');
      expect(await tested.listeners()).toBe(1);
      await tested.tell('first');
      expect(await events.next()).toMatchObject({ value: { data: { told: 'first' } } });
      await events.return?.();
    });

    test('leave nothing behind when they are left, even while an event is awaited', async () => {
      const events = await stream('subscription { told }');
      const pending = events.next();
      await events.return?.();
      expect(await pending).toMatchObject({ done: true });
      await vi.waitFor(async () => expect(await tested.listeners()).toBe(0), PATIENT);
    });

    test('are many at a time, each with its own end', async () => {
      const many = await Promise.all(Array.from({ length: 20 }, () => stream('subscription { told }')));
      await many[0]?.return?.();
      await tested.tell('all');
      const told = await Promise.all(many.slice(1).map((events) => events.next()));
      expect(told.map(({ value }) => (value as SubgraphResponse).data?.['told'])).toEqual(Array(19).fill('all'));
      for (const events of many) await events.return?.();
    });

    test.each([
      ['subscription {', 'GRAPHQL_PARSE_FAILED'],
      ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['{ whoami }', 'BAD_REQUEST'],
      ['subscription { forbidden }', 'FORBIDDEN'],
    ])('%s is refused with %s', async (query, code) => {
      expect(await subscribe(query)).toMatchObject({ errors: [{ extensions: { code } }] });
    });

    test('are not opened when the deadline has passed', async () => {
      expect(await subscribe('subscription { told }', call({ timeoutMs: -1 }))).toMatchObject({
        errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }],
      });
    });

    test('reject when their source breaks: events may have been lost', async () => {
      const events = await stream('subscription { breaking }');
      expect(await events.next()).toMatchObject({ value: { data: { breaking: 1 } } });
      await expect(events.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await events.next()).toMatchObject({ done: true });
    });
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
