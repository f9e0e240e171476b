import { buildSchema, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createLimitCheck, limitsConfig, type Limits } from './limits.ts';

const schema = buildSchema(/* GraphQL */ `
  type Query {
    notes(first: Int!): [Note!]!
    byIds(ids: [ID!]!): [Note!]!
    note: Note
    best(first: Int!, order: Order! = LATEST): [Note!]!
  }
  enum Order {
    LATEST
    RANKED
  }
  type Note {
    id: ID!
    note: Note
    notes(first: Int = 10): [Note!]!
  }
`);

/** The code it is refused with, or "allowed". */
function verdict(query: string, limits: Partial<Limits> = {}, variables: Record<string, unknown> = {}): string {
  const document = parse(query);
  expect(validate(schema, document, specifiedRules)).toEqual([]);
  try {
    createLimitCheck(schema, { ...limitsConfig.parse({}), ...limits })({ document, variables });
    return 'allowed';
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    expect(error.extensions['http']).toEqual({ status: 400 });
    return String(error.extensions['code']);
  }
}
const refused = 'OPERATION_TOO_COMPLEX';

describe('depth', () => {
  test('counts fields, not the fragments around them', () => {
    const limits = { maxDepth: 3 };
    expect(verdict('{ note { note { id } } }', limits)).toBe('allowed');
    expect(verdict('{ note { note { note { id } } } }', limits)).toBe(refused);
    expect(verdict('{ note { ... on Note { note { ...F } } } } fragment F on Note { id }', limits)).toBe('allowed');
    expect(
      verdict('{ note { ...F } } fragment F on Note { note { ...G } } fragment G on Note { note { id } }', limits),
    ).toBe(refused);
  });

  test('is that of the deepest operation', () => {
    const two = 'query A { note { id } } query B { note { note { note { id } } } }';
    const document = parse(two);
    const check = createLimitCheck(schema, { ...limitsConfig.parse({}), maxDepth: 3 });
    expect(() => check({ document, operationName: 'A' })).toThrow('depth limit of 3');
    expect(() => check({ document, operationName: 'A' })).toThrow('depth limit of 3');
  });
});

test('a ranking counts more than the fields it shows, however it is asked for', () => {
  const best = (order: string, count: number) =>
    Array.from({ length: count }, (_, index) => `a${index}: best(first: 1, order: ${order}) { id }`).join(' ');
  expect(verdict(`{ ${best('RANKED', 9)} }`)).toBe('allowed');
  expect(verdict(`{ ${best('RANKED', 10)} }`)).toBe(refused);
  expect(verdict(`query ($order: Order!) { ${best('$order', 10)} }`, {}, { order: 'RANKED' })).toBe(refused);
  expect(verdict(`{ ${best('LATEST', 30)} }`)).toBe('allowed');
});

test('aliases and directives count wherever they stand', () => {
  const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: id`).join(' ');
  expect(verdict(`{ note { ${aliases} } }`, { maxAliases: 20 })).toBe('allowed');
  expect(verdict(`{ note { ${aliases} ...F } } fragment F on Note { b: id }`, { maxAliases: 20 })).toBe(refused);
  expect(
    verdict(`{ note { id ${'@include(if: true) '.repeat(1)} note { id @skip(if: false) } } }`, { maxDirectives: 1 }),
  ).toBe(refused);
});

describe('the size of the answer', () => {
  const limits = { maxComplexity: 101 };
  test('is that of all pages multiplied, whether they are told as numbers, variables or defaults', () => {
    expect(verdict('{ notes(first: 100) { id } }', limits)).toBe('allowed');
    expect(verdict('{ notes(first: 101) { id } }', limits)).toBe(refused);
    expect(verdict('query($n: Int!) { notes(first: $n) { id } }', limits, { n: 100 })).toBe('allowed');
    expect(verdict('query($n: Int!) { notes(first: $n) { id } }', limits, { n: 101 })).toBe(refused);
    expect(verdict('{ note { notes { notes { id } } } }', limits)).toBe(refused);
    expect(verdict('query($ids: [ID!]!) { byIds(ids: $ids) { id } }', limits, { ids: Array(101).fill('1') })).toBe(
      refused,
    );
    expect(verdict('{ notes(first: -5) { id } }', limits)).toBe('allowed');
    expect(
      verdict('{ notes(first: 2147483647) { notes(first: 2147483647) { notes(first: 2147483647) { id } } } }', limits),
    ).toBe(refused);
  });

  test('is judged anew for other variables of the same document', () => {
    const check = createLimitCheck(schema, { ...limitsConfig.parse({}), ...limits });
    const document = parse('query($n: Int!) { notes(first: $n) { id } }');
    check({ document, variables: { n: 1 } });
    expect(() => check({ document, variables: { n: 1_000 } })).toThrow('could hold 1001 fields');
    check({ document, variables: { n: 1 } });
  });

  test('cannot be hidden behind a variable that does not fit', () => {
    const query = 'query($n: Int = 1) { notes(first: $n) { id } big: notes(first: 100000) { id } }';
    expect(verdict(query, limits, { n: null })).toBe('BAD_USER_INPUT');
  });

  test('is found at once for fragments that double each other', () => {
    const doubling = Array.from(
      { length: 40 },
      (_, index) => `fragment F${index} on Note { ${index === 39 ? 'id' : `...F${index + 1} ...F${index + 1}`} }`,
    );
    expect(verdict(`{ note { ...F0 } } ${doubling.join(' ')}`, { maxComplexity: 1e12 })).toBe(refused);
  });
});
