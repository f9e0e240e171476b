import { afterEach, expect, test } from 'vitest';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { graphConfig } from './config.ts';
import { openGraph } from './open.ts';
import { callOf, personId } from './testing/test-graph.ts';

let database: TestDatabase;
afterEach(() => database.drop());

test('an empty database is migrated, a follow wakes the relay, and everything is there after a restart', async () => {
  database = await createTestDatabase();
  const config = graphConfig.parse({ databaseUrl: database.url });
  const users = {
    getUsers: (_call: unknown, { ids }: { ids: string[] }) =>
      Promise.resolve({
        users: ids.map((id) => ({ id, handle: 'h', name: 'n', state: 'active', isPrivate: false, revision: 1n })),
      }),
  };
  const shared = {
    logger: createLogger({ name: 'test', level: 'silent' }),
    cache: createEmbeddedCache(),
    versionedCache: <Value>() => createVersionedEmbeddedCache<Value>(),
    services: { users },
  };
  const [viewer, target] = [personId(1), personId(2)];

  const graph = await openGraph(config, shared);
  await graph.ping();
  let wakes = 0;
  const stop = graph.outbox?.onCommit(() => {
    wakes += 1;
  });
  const query = `mutation { follow(input: { userId: "${target}" }) { user { viewerFollows } userErrors { code } } }`;
  for (const expectedWakes of [1, 1]) {
    const { data } = await executeInSubgraph(graph.subgraph, { query }, callOf(viewer));
    expect(data).toEqual({ follow: { user: { viewerFollows: true }, userErrors: [] } });
    expect(wakes).toBe(expectedWakes);
  }
  stop?.();
  await graph.close();

  const again = await openGraph(config, shared);
  expect(await again.rpc.getRelations(callOf(null), { userId: viewer })).toMatchObject({ following: [target] });
  await again.close();
});
