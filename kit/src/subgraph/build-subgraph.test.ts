import { describe, expect, test } from 'vitest';
import { ANONYMOUS, type CallContext, type Principal } from '../principal.ts';
import { buildSubgraph } from './build-subgraph.ts';
import { executeInSubgraph, subscribeInSubgraph } from './execute-in-subgraph.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@authenticated", { name: "@requiresScopes", as: "@needs" }])\n`;

const SDL = `${LINK}
  type Query {
    open: String
    closed: String @authenticated
    scoped: String @needs(scopes: [["a", "b"], ["c"]])
    both: Both
    vault: Vault
    shelf: Shelf
    rank: Rank
    things: [Thing]
  }
  type Mutation { change: String @authenticated }
  type Subscription { ticks: Int @authenticated }
  type Both @needs(scopes: [["a"]]) { it: String @needs(scopes: [["b"]]) }
  type Vault @authenticated { gold: Int }
  union Thing = Vault | Shelf
  type Shelf @key(fields: "id") @needs(scopes: [["shelf"]]) { id: ID! label: String }
  extend type Shelf @authenticated
  enum Rank @needs(scopes: [["rank"]]) { HIGH LOW }
`;

const calls: string[] = [];
const note = (name: string) => () => {
  calls.push(name);
  return name;
};

const subgraph = buildSubgraph({
  name: 'test',
  typeDefs: SDL,
  resolvers: {
    Query: {
      open: note('open'),
      closed: note('closed'),
      scoped: note('scoped'),
      both: () => ({ it: 'it' }),
      vault: () => ({ gold: 7 }),
      shelf: () => ({ id: '1', label: 'top' }),
      rank: () => 'HIGH',
      things: () => [{ __typename: 'Vault', gold: 7 }],
    },
    Mutation: { change: note('change') },
    Subscription: {
      ticks: {
        async *subscribe() {
          calls.push('ticks');
          yield { ticks: 1 };
          yield { ticks: 2 };
        },
      },
    },
    Shelf: { __resolveReference: ({ id }: { id: string }) => ({ id, label: 'referred' }) },
  },
  createContext: (call) => ({ call }),
});

const person = (...scopes: string[]): Principal => ({ ...ANONYMOUS, userId: '1', scopes });
const callOf = (principal: Principal): CallContext => ({
  principal,
  deadline: Date.now() + 5_000,
  requestId: 'r1',
  clientAddress: null,
});
const run = (query: string, principal: Principal, variables?: Record<string, unknown>) =>
  executeInSubgraph(subgraph, { query, variables }, callOf(principal));
const codeOf = async (query: string, principal: Principal) =>
  (await run(query, principal)).errors?.[0]?.extensions?.['code'] ?? 'OK';

describe('who may ask', () => {
  test.each([
    ['{ open }', ANONYMOUS, 'OK'],
    ['{ closed }', ANONYMOUS, 'UNAUTHENTICATED'],
    ['{ alias: closed }', ANONYMOUS, 'UNAUTHENTICATED'],
    ['{ closed }', person(), 'OK'],
    ['mutation { change }', ANONYMOUS, 'UNAUTHENTICATED'],
    ['{ scoped }', ANONYMOUS, 'UNAUTHENTICATED'],
    ['{ scoped }', person('a'), 'FORBIDDEN'],
    ['{ scoped }', person('b', 'a'), 'OK'],
    ['{ scoped }', person('c'), 'OK'],
    ['{ both { it } }', person('a'), 'FORBIDDEN'],
    ['{ both { it } }', person('b'), 'FORBIDDEN'],
    ['{ both { it } }', person('a', 'b'), 'OK'],
    ['{ vault { __typename } }', ANONYMOUS, 'UNAUTHENTICATED'],
    ['{ things { ... on Vault { gold } } }', ANONYMOUS, 'UNAUTHENTICATED'],
    ['{ shelf { id } }', person(), 'FORBIDDEN'],
    ['{ shelf { id } }', person('shelf'), 'OK'],
    ['{ rank }', person(), 'FORBIDDEN'],
    ['{ rank }', person('rank'), 'OK'],
    ['{ _service { sdl } }', ANONYMOUS, 'OK'],
  ])('%s', async (query, principal, code) => {
    expect(await codeOf(query, principal)).toBe(code);
  });

  test('a directive that is not imported is enforced under its prefixed name', async () => {
    const prefixed = buildSubgraph({
      name: 'prefixed',
      typeDefs: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
        type Query { closed: Int @federation__authenticated }`,
      resolvers: {},
      createContext: (call) => ({ call }),
    });
    const { errors } = await executeInSubgraph(prefixed, { query: '{ closed }' }, callOf(ANONYMOUS));
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
  });

  test('a refused resolver does not run', async () => {
    calls.length = 0;
    await run('{ closed scoped open }', ANONYMOUS);
    expect(calls).toEqual(['open']);
  });

  test('an entity is guarded where it is referred to', async () => {
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Shelf { label } } }';
    const r = [{ __typename: 'Shelf', id: '9' }];
    expect((await run(query, person(), { r })).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
    expect((await run(query, person('shelf'), { r })).data).toEqual({ _entities: [{ label: 'referred' }] });
  });

  test('a subscription is refused before its source opens', async () => {
    calls.length = 0;
    const refused = await subscribeInSubgraph(subgraph, { query: 'subscription { ticks }' }, callOf(ANONYMOUS));
    expect(refused).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(calls).toEqual([]);
    const opened = await subscribeInSubgraph(subgraph, { query: 'subscription { ticks }' }, callOf(person()));
    if (!(Symbol.asyncIterator in opened)) throw new Error('not opened');
    const results = await collect(opened);
    expect(results).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]);
  });

  test('a context without a call authorizes nobody', async () => {
    const broken = { ...subgraph, createContext: () => ({}) };
    const { errors } = await executeInSubgraph(broken, { query: '{ closed }' }, callOf(person()), {
      logger: { error: () => undefined },
    });
    expect(errors?.[0]?.extensions?.['code']).toBe('INTERNAL');
  });
});

const REFUSED = /cannot be enforced|cannot be applied on|may not be used on/;

describe('what cannot be enforced is refused when the schema is built', () => {
  const build = (sdl: string, resolvers: object = {}) =>
    buildSubgraph({ name: 'bad', typeDefs: sdl, resolvers, createContext: (call) => ({ call }) });

  test.each([
    ['an interface', `${LINK} type Query { n: N } interface N @authenticated { id: ID }`, REFUSED],
    ['a field of an interface', `${LINK} type Query { n: N } interface N { id: ID @authenticated }`, REFUSED],
    ['an argument', `${LINK} type Query { n(a: Int @authenticated): Int }`, REFUSED],
    ['an input field', `${LINK} type Query { n(i: I): Int } input I { a: Int @authenticated }`, REFUSED],
    ['a policy', `${LINK} type Query { n: Int @federation__policy(policies: [["p"]]) }`, REFUSED],
    ['an argument nobody knows', `${LINK} type Query { n: Int @needs(scopes: [["a"]], mode: "x") }`, /unknown arg/i],
    ['no scopes', `${LINK} type Query { n: Int @needs(scopes: []) }`, /needs scopes/],
    ['an empty list of scopes', `${LINK} type Query { n: Int @needs(scopes: [["a"], []]) }`, /needs scopes/],
    ['an empty scope', `${LINK} type Query { n: Int @needs(scopes: [[""]]) }`, /needs scopes/],
    ['a flat list of scopes', `${LINK} type Query { n: Int @needs(scopes: ["a"]) }`, /needs scopes/],
    [
      'a name that is not imported',
      `${LINK} type Query { n: Int @requiresScopes(scopes: [["a"]]) }`,
      /not imported|Unknown/,
    ],
    [
      'a directive of our own under a standard name',
      'directive @authenticated on FIELD_DEFINITION type Query { n: Int @authenticated }',
      /not imported/,
    ],
  ])('%s', (_what, sdl, message) => {
    expect(() => build(sdl)).toThrow(message);
  });

  test('a resolver for no field is refused', () => {
    expect(() => build(`${LINK} type Query { n: Int }`, { Query: { m: () => 1 } })).toThrow('Query.m');
    expect(() => build(`${LINK} type Query { n: Int }`, { Qery: { n: () => 1 } })).toThrow('Qery');
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
