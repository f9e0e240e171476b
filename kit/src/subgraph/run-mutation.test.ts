import { beforeEach, expect, test } from 'vitest';
import { createCall } from '../call.ts';
import { FAR_AHEAD } from '../postgres/lsn.ts';
import { ANONYMOUS } from '../principal.ts';
import { buildSubgraph } from './build-subgraph.ts';
import { executeInSubgraph } from './execute-in-subgraph.ts';

const NOTES = buildSubgraph({
  name: 'notes',
  typeDefs: /* GraphQL */ `
    type Query {
      hangs: Int
    }
    type Mutation {
      write: Int
      hangs: Int
    }
  `,
  resolvers: {
    Query: { hangs: () => new Promise(() => undefined) },
    Mutation: { write: () => 1, hangs: () => new Promise(() => undefined) },
  },
  createContext: (call) => ({ call }),
  position: async () => ({ database: 'notes', position: '0/10' }),
});

let told: string[][];
beforeEach(() => {
  told = [];
});

const run = (query: string, timeoutMs: number) =>
  executeInSubgraph(
    NOTES,
    { query },
    createCall({ principal: ANONYMOUS, timeoutMs, onWrote: (...position) => void told.push(position) }),
  );

test('a change tells how far its database has come', async () => {
  expect(await run('mutation { write }', 5_000)).toEqual({ data: { write: 1 } });
  expect(told).toEqual([['notes', '0/10']]);
});

test('a change that has not ended in time may be committed later: its caller reads primaries alone', async () => {
  expect(await run('mutation { hangs }', 20)).toMatchObject({
    errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }],
  });
  expect(told).toEqual([['*', FAR_AHEAD]]);
});

test('a read tells nothing', async () => {
  expect(await run('{ hangs }', 20)).toMatchObject({ errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] });
  expect(told).toEqual([]);
});
