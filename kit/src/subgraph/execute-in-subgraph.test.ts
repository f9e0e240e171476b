import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { StarlingError } from '../errors.ts';
import { ANONYMOUS, type CallContext } from '../principal.ts';
import { buildSubgraph } from './build-subgraph.ts';
import { DateTime } from './date-time.ts';
import { executeInSubgraph, subscribeInSubgraph, type SubgraphRequest } from './execute-in-subgraph.ts';

const typeDefs = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  scalar DateTime
  type Query {
    typed: Int
    broken: Int
    missing: Int!
    wrong: Int
    slow: Int
    whole: DateTime
    whenDate: DateTime
    never: DateTime
    echo(at: DateTime, n: Int): DateTime
  }
  type Subscription { ticks: Int late: Int failing: Int loads: Int }
`;

let contexts = 0;
const subgraph = buildSubgraph({
  name: 'test',
  typeDefs,
  resolvers: {
    DateTime,
    Query: {
      typed: () => Promise.reject(new StarlingError('RATE_LIMITED', 'Slow down', { retryAfterMs: 7 })),
      broken: () => {
        throw new Error('password is hunter2');
      },
      missing: () => null,
      wrong: () => 'a secret that is no number',
      slow: () => new Promise(() => undefined),
      whole: () => new Date(1_795_366_800_000),
      whenDate: () => new Date(1_795_366_800_123),
      never: () => new Date(Number.NaN),
      echo: (_: unknown, { at }: { at: Date }) => at,
    },
    Subscription: {
      ticks: { subscribe: () => neverEnding() },
      late: { subscribe: () => state.opening.then(neverEnding) },
      failing: {
        async *subscribe() {
          yield { failing: 1 };
          throw new Error('password is hunter2');
        },
      },
      loads: {
        async *subscribe() {
          yield {};
          yield {};
        },
        resolve: (_: unknown, __: unknown, context: { number: number }) => context.number,
      },
    },
  },
  createContext: (call) => ({ call, number: ++contexts }),
});

const state = { returned: false, opening: Promise.resolve() };
function neverEnding(): AsyncIterableIterator<unknown> {
  return {
    next: () => new Promise(() => undefined),
    return: async () => {
      state.returned = true;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const logged: object[] = [];
const options = { logger: { error: (fields: object) => void logged.push(fields) } };
const call = (over: Partial<CallContext> = {}): CallContext => ({
  principal: ANONYMOUS,
  deadline: Date.now() + 5_000,
  requestId: 'r1',
  clientAddress: null,
  ...over,
});
const run = (request: SubgraphRequest, over?: Partial<CallContext>) =>
  executeInSubgraph(subgraph, request, call(over), options);

describe('errors', () => {
  test('a typed error passes with its code and details', async () => {
    const { data, errors } = await run({ query: '{ typed }' });
    expect(data).toEqual({ typed: null });
    expect(errors).toMatchObject([
      { message: 'Slow down', path: ['typed'], extensions: { code: 'RATE_LIMITED', retryAfterMs: 7 } },
    ]);
  });

  test.each(['broken', 'missing', 'wrong', 'never'])('an unexpected error (%s) is masked and logged', async (field) => {
    logged.length = 0;
    const { errors } = await run({ query: `{ ${field} }` });
    expect(errors).toMatchObject([{ message: 'Internal error', extensions: { code: 'INTERNAL', requestId: 'r1' } }]);
    expect(logged).toHaveLength(1);
  });

  test.each([
    [{ query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    [{ query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [{ document: parse('{ nothing }') }, 'GRAPHQL_VALIDATION_FAILED'],
    [{}, 'BAD_REQUEST'],
    [{ query: 'query A { typed } query B { typed }' }, 'BAD_REQUEST'],
    [{ query: 'query A { typed }', operationName: 'C' }, 'BAD_REQUEST'],
    [{ query: 'subscription { ticks }' }, 'BAD_REQUEST'],
    [{ query: 'query ($n: Int!) { echo(n: $n) }', variables: { n: 'x' } }, 'BAD_USER_INPUT'],
    [{ query: 'query ($at: DateTime) { echo(at: $at) }', variables: { at: 'tomorrow' } }, 'BAD_USER_INPUT'],
    [{ query: '{ echo(at: "2026-13-45T00:00:00Z") }' }, 'GRAPHQL_VALIDATION_FAILED'],
  ] as [SubgraphRequest, string][])('%j is %s', async (request, code) => {
    logged.length = 0;
    const { errors } = await run(request);
    expect(errors?.[0]?.extensions?.['code']).toBe(code);
    expect(logged).toEqual([]);
  });

  test('the deadline ends an execution that hangs', async () => {
    const { errors } = await run({ query: '{ slow }' }, { deadline: Date.now() + 20 });
    expect(errors).toMatchObject([{ extensions: { code: 'DEADLINE_EXCEEDED' } }]);
  });
});

test('a DateTime is RFC 3339 in UTC with milliseconds', async () => {
  const { data } = await run({ query: '{ whole whenDate echo(at: "2026-11-22T18:00:00+01:00") }' });
  expect(data).toEqual({
    whole: '2026-11-22T17:00:00.000Z',
    whenDate: '2026-11-22T17:00:00.123Z',
    echo: '2026-11-22T17:00:00.000Z',
  });
});

describe('subscriptions', () => {
  const open = async (query: string) => {
    const results = await subscribeInSubgraph(subgraph, { query }, call(), options);
    if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results));
    return results;
  };

  test('can be ended while nothing happens', async () => {
    const results = await open('subscription { ticks }');
    void results.next();
    await results.return?.();
    expect(state.returned).toBe(true);
  });

  test('what is open only when the deadline has passed is ended, as nobody has it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(state, { returned: false, opening: promise });
    const late = await subscribeInSubgraph(
      subgraph,
      { query: 'subscription { late }' },
      call({ deadline: Date.now() + 20 }),
      options,
    );
    expect(late).toMatchObject({ errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] });
    resolve();
    await expect.poll(() => state.returned).toBe(true);
  });

  test('a source that fails rejects with a masked error, and ends', async () => {
    const results = await open('subscription { failing }');
    expect(await results.next()).toMatchObject({ value: { data: { failing: 1 } } });
    await expect(results.next()).rejects.toMatchObject({ code: 'INTERNAL', message: 'Internal error' });
    expect(await results.next()).toMatchObject({ done: true });
  });

  test('every event has a context of its own', async () => {
    const [first, second] = await collect(await open('subscription { loads }'));
    expect(first?.data?.['loads']).not.toBe(second?.data?.['loads']);
  });

  test('a query is no subscription', async () => {
    expect(await subscribeInSubgraph(subgraph, { query: '{ typed }' }, call(), options)).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
