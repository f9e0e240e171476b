import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { graphConfig } from './config.ts';
import { openGraph, type GraphShared, type OpenedGraph } from './open.ts';
import { callOf, personId } from './testing/test-graph.ts';

let database: TestDatabase;
let both: OpenedGraph[];

/** Two processes' worth of graph, opened at the same moment on a database that nobody has opened before. */
beforeEach(async () => {
  database = await createTestDatabase();
  const images = createVersionedEmbeddedCache<unknown>();
  const facts = (id: string) => ({ id, handle: 'h', name: 'n', state: 'active', isPrivate: false, revision: 1n });
  const shared: GraphShared = {
    logger: createLogger({ name: 'test', level: 'silent' }),
    cache: createEmbeddedCache(),
    versionedCache: () => images as never,
    services: { users: { getUsers: async (_call, { ids }) => ({ users: ids.map(facts) }) } },
  };
  const config = graphConfig.parse({ databaseUrl: database.url });
  both = await Promise.all([1, 2].map(() => openGraph(config, shared)));
});
afterEach(async () => {
  await Promise.all(both.map((graph) => graph.close()));
  await database.drop();
});

async function act(index: number, name: string, actor: number, target: number): Promise<void> {
  const query = `mutation { ${name}(input: { userId: "${personId(target)}" }) { userErrors { code } } }`;
  const { errors } = await executeInSubgraph(both[index % 2]!.subgraph, { query }, callOf(personId(actor)));
  if (errors) throw new AggregateError(errors, errors[0]?.message);
}

test('people who follow each other through both at once are counted once, and end with the same counters', async () => {
  const people = [1, 2, 3, 4, 5];
  const pairs = people.flatMap((actor) => people.filter((target) => target !== actor).map((target) => [actor, target]));
  await Promise.all(pairs.flatMap(([actor = 0, target = 0]) => [0, 1].map((one) => act(one, 'follow', actor, target))));
  const { rows } = await database.pool.query('SELECT DISTINCT follower_count, following_count FROM person');
  expect(rows).toEqual([{ follower_count: 4, following_count: 4 }]);
  expect((await database.pool.query('SELECT FROM outbox')).rowCount).toBe(pairs.length);
  expect(await both[1]!.operators.reconcileCounters()).toEqual([]);
});

test('a block through the one and a follow through the other never stand together', async () => {
  for (let round = 1; round <= 10; round += 1)
    await Promise.all([act(0, 'block', 2 * round, 2 * round + 1), act(1, 'follow', 2 * round + 1, 2 * round)]);
  const { rowCount } = await database.pool.query(
    'SELECT FROM follow JOIN block ON blocker_id = followee_id AND blocked_id = follower_id',
  );
  expect(rowCount).toBe(0);
});

test('what the one changes the other serves at once, whatever it had cached', async () => {
  const [one, other] = both as [OpenedGraph, OpenedGraph];
  const blockedBy = async () => (await other.rpc.getRelations(callOf(null), { userId: personId(2) })).blockedBy;
  expect(await blockedBy()).toEqual([]);
  await act(0, 'block', 1, 2);
  expect(await blockedBy()).toEqual([personId(1)]);
  await act(0, 'unblock', 1, 2);
  expect(await blockedBy()).toEqual([]);
  await one.ping();
});
