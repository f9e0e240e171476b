import { composeId, IDS_PER_MILLISECOND, IMPORT_NODE } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import { createMinter } from '@starling/kit/ids/minter.ts';
import { NO_MINTER } from '@starling/kit/ids/no-minter.ts';
import { leaseNode } from '@starling/kit/ids/node-lease.ts';
import type { IdLayout, Minter } from '@starling/kit/ids/port.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { createAnnouncer } from '@starling/kit/outbox/announce-commits.ts';
import { createCommitSignal } from '@starling/kit/outbox/commit-signal.ts';
import { oneAtATime } from '@starling/kit/postgres/one-at-a-time.ts';
import { openDatabase } from '@starling/kit/postgres/open-database.ts';
import { createReadRouter } from '@starling/kit/postgres/read-router.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import type { Role } from '@starling/kit/subgraph/role.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createCachedTweets, createForgetting } from './cached-tweets.ts';
import type { TweetsConfig } from './config.ts';
import { createConsumers } from './consumes.ts';
import { reconcileCounters, type ReconcileOptions, type Repair } from './reconcile-counters.ts';
import { createRpc } from './rpc.ts';
import { createDatabase } from './store/database.ts';
import { createStore } from './store.ts';
import { createTweetsSubgraph } from './subgraph.ts';
import { scheduleUpkeep } from './upkeep.ts';

export type TweetsShared = {
  logger: Logger;
  cache: Cache;
  pubsub: PubSub;
  services: {
    users: Pick<Users<CallContext>, 'getUsers' | 'getUsersByHandle'>;
    graph: Pick<Graph<CallContext>, 'getRelationsTo'>;
  };
  /** Default: a server. */
  role?: Role;
  /** Epoch milliseconds. */
  now?: () => number;
};

export type OpenedTweets = OpenedSubgraph<Tweets<CallContext>> & {
  /** What operators may do, to be called by their own tools. */
  operators: { reconcileCounters(options?: Pick<ReconcileOptions, 'onProgress'>): Promise<Repair[]> };
};

const MIGRATIONS = join(import.meta.dirname, '../../../prisma/tweets/migrations');

/** The mark tells retweets apart; the last node is left to imports. */
const ID_LAYOUT: IdLayout = {
  nodes: IMPORT_NODE,
  perMillisecond: IDS_PER_MILLISECOND,
  compose: ({ marked, ...parts }) => composeId({ ...parts, isRetweet: marked }),
};

/** Applies what migrations are missing, takes a node for minting ids unless it is a worker, then serves. */
export async function openTweets(config: TweetsConfig, shared: TweetsShared): Promise<OpenedTweets> {
  const { databaseUrl: url, poolSize: max } = config;
  return openDatabase({ url, name: 'tweets', max, migrations: MIGRATIONS, logger: shared.logger }, async (pool) => {
    const minter = shared.role === 'worker' ? NO_MINTER : await openMinter(pool);
    return assemble(config, shared, { pool, minter });
  });
}

async function openMinter(pool: Pool): Promise<Minter> {
  const lease = await leaseNode(pool, { nodes: ID_LAYOUT.nodes, holder: `tweets ${hostname()} ${process.pid}` });
  return createMinter({ lease, layout: ID_LAYOUT });
}

function assemble(
  config: TweetsConfig,
  shared: TweetsShared,
  { pool, minter }: { pool: Pool; minter: Minter },
): OpenedTweets {
  const { logger, cache, pubsub, services, now = Date.now } = shared;
  // A worker shows nobody anything.
  const replicaUrl = shared.role === 'worker' ? null : (config.replicaUrl ?? null);
  const reads = createReadRouter({ name: 'tweets', primary: pool, replicaUrl, logger });
  const commits = createCommitSignal(
    createAnnouncer(pool, (error) => logger.warn({ error }, 'A commit could not be announced')),
  );
  const forgetting = createForgetting(cache, logger);
  const database = createDatabase(pool, { committed: commits.notify, forget: forgetting.forget });
  const store = createStore(database);
  const cached = createCachedTweets(cache, store, { ...config, ttlMs: config.contentTtlMs });
  const deps = { ...config, store, reads, cached, forgetting, services, users: services.users, minter, pubsub, now };
  const upkeep =
    shared.role === 'worker'
      ? null
      : scheduleUpkeep(
          deps,
          (work) => oneAtATime(pool, 'tweets', work),
          (error) => logger.error({ error }, 'The upkeep of tweets failed'),
        );
  return {
    name: 'tweets',
    subgraph: createTweetsSubgraph(deps),
    rpc: createRpc(deps),
    consumers: createConsumers(deps),
    outbox: { name: 'tweets', pool, onCommit: commits.onCommit },
    operators: { reconcileCounters: (options) => reconcileCounters({ pool, forgetting }, options) },
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      await upkeep?.stop();
      await minter.close();
      await reads.close();
      await database.prisma.$disconnect();
      await pool.end();
    },
  };
}
