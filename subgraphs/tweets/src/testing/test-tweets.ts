import { fileURLToPath } from 'node:url';
import { composeId, type Id } from '@starling/domain/ids.ts';
import { NO_RELATION, type Relation } from '@starling/domain/visibility.ts';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createCall } from '@starling/kit/call.ts';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { executeInSubgraph, subscribeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createReadRouter } from '@starling/kit/postgres/read-router.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { createDeath } from '@starling/kit/testing/death.ts';
import type { UserFacts } from '@starling/schema/generated/rpc/users.ts';
import { createCachedTweets, createForgetting } from '../cached-tweets.ts';
import { tweetsConfig } from '../config.ts';
import { createConsumers } from '../consumes.ts';
import { createRpc } from '../rpc.ts';
import { createStore, type Store } from '../store.ts';
import { createDatabase } from '../store/database.ts';
import { createTweetsSubgraph } from '../subgraph.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** So that a few tweets reach beyond them. */
const SMALL_IMAGES = { authorEntries: 6, hashtagEntries: 6, marksKept: 2 };

const migrations = fileURLToPath(new URL('../../../../prisma/tweets/migrations', import.meta.url));

export type TestTweets = Awaited<ReturnType<typeof openTestTweets>>;
/** `wrapStore` may slow down what the caches load from. */
export type TestOptions = { wrapStore?: (store: Store) => Store };
export type Answer = Awaited<ReturnType<typeof executeInSubgraph>>;

/** The whole subgraph on a fresh database, among people and relations that the test makes up. */
export async function openTestTweets({ wrapStore = (store) => store }: TestOptions = {}) {
  const database = await createTestDatabase(migrations);
  const { pool } = database;
  const neighbours = createNeighbours();
  const minter = createTestMinter();
  const pubsub = createEmbeddedPubSub();
  const clock = { now: Date.now() };
  const config = tweetsConfig.parse({ databaseUrl: database.url, updateWindowMs: 0, eraseBatch: 3, ...SMALL_IMAGES });
  const cache = createEmbeddedCache();
  const forgetting = createForgetting(cache, SILENT);
  const { unanswered, spared } = createDeath();
  const store = wrapStore(
    createStore(createDatabase(pool, { committed: () => {}, forget: spared(forgetting.forget) })),
  );
  const cached = createCachedTweets(cache, store, { ...config, ttlMs: config.contentTtlMs });
  const { services } = neighbours;
  const reads = createReadRouter({ name: 'tweets', primary: pool, replicaUrl: null, logger: SILENT });
  const deps = {
    ...config,
    store,
    reads,
    cached,
    forgetting,
    services,
    users: services.users,
    minter,
    pubsub,
    now: () => clock.now,
  };
  const subgraph = createTweetsSubgraph(deps);
  return {
    ...neighbours,
    pool,
    /** Name under which the pool tells its statements. */
    store,
    cache,
    cached,
    forgetting,
    unanswered,
    minter,
    pubsub,
    clock,
    rpc: createRpc(deps),
    consumers: createConsumers(deps),
    /** `viewerId` null for nobody. */
    run: (viewerId: Id | null, query: string, variables: object = {}) =>
      executeInSubgraph(subgraph, { query, variables: { ...variables } }, callOf(viewerId)),
    subscribe: (viewerId: Id | null, query: string, variables: object = {}) =>
      subscribeInSubgraph(subgraph, { query, variables: { ...variables } }, callOf(viewerId)),
    async close() {
      await pubsub.close();
      await database.drop();
    },
  };
}

export function callOf(userId: Id | null): CallContext {
  const principal = userId === null ? ANONYMOUS : { ...ANONYMOUS, userId, sessionId: 's', scopes: ['read', 'write'] };
  return createCall({ principal });
}

/** Users and graph as small as this subgraph knows them. */
function createNeighbours() {
  const people = new Map<Id, UserFacts>();
  const relations = new Map<string, Relation>();
  const asked = { getUsers: 0, getUsersByHandle: 0, getRelationsTo: 0 };
  const users = {
    async getUsers(_call: CallContext, { ids }: { ids: string[] }) {
      asked.getUsers += 1;
      return { users: ids.flatMap((id) => people.get(id) ?? []) };
    },
    async getUsersByHandle(_call: CallContext, { handles }: { handles: string[] }) {
      asked.getUsersByHandle += 1;
      return { users: [...people.values()].filter(({ handle }) => handles.includes(handle.toLowerCase())) };
    },
  };
  const graph = {
    async getRelationsTo(_call: CallContext, { userId, otherIds }: { userId: string; otherIds: string[] }) {
      asked.getRelationsTo += 1;
      const relationTo = (otherId: Id) => ({
        otherId,
        ...NO_RELATION,
        ...relations.get(`${userId}>${otherId}`),
      });
      return { relations: otherIds.map(relationTo) };
    },
  };
  return {
    services: { users, graph },
    asked,
    addPerson(handle: string, facts: Partial<UserFacts> = {}): Id {
      const id = composeId({ atMs: Date.UTC(2025, 0, 1) + people.size, node: 0, sequence: 0 });
      people.set(id, { id, handle, name: handle, state: 'active', isPrivate: false, revision: 1n, ...facts });
      return id;
    },
    changePerson(id: Id, facts: Partial<UserFacts>) {
      const person = people.get(id);
      if (person) people.set(id, { ...person, ...facts });
    },
    /** How `from` stands to `to`. */
    relate(from: Id, to: Id, relation: Partial<Relation>) {
      relations.set(`${from}>${to}`, { ...NO_RELATION, ...relation });
    },
  };
}

/** One id a call, each a millisecond after the last. */
function createTestMinter() {
  let atMs = Date.UTC(2026, 0, 1);
  return {
    mint: ({ marked = false } = {}) => composeId({ atMs: (atMs += 1), node: 1, sequence: 0, isRetweet: marked }),
  };
}
