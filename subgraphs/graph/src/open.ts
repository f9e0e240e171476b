import { PrismaPg } from '@prisma/adapter-pg';
import { join } from 'node:path';
import type { Cache, VersionedCache } from '@starling/kit/cache/port.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { createAnnouncer } from '@starling/kit/outbox/announce-commits.ts';
import { createCommitSignal } from '@starling/kit/outbox/commit-signal.ts';
import { openDatabase } from '@starling/kit/postgres/open-database.ts';
import { oneAtATime } from '@starling/kit/postgres/one-at-a-time.ts';
import { createReadRouter } from '@starling/kit/postgres/read-router.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import type { Role } from '@starling/kit/subgraph/role.ts';
import { PrismaClient } from '@starling/prisma/graph/generated/client.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { createCachedPeople } from './cached-people.ts';
import type { GraphConfig } from './config.ts';
import { graphConsumers } from './consumes.ts';
import { reconcileEverybody, type ReconcileOptions, type Repair } from './reconcile-counters.ts';
import { graphRpc } from './rpc.ts';
import type { RelationImage } from './store/relations.ts';
import { createGraphSubgraph } from './subgraph.ts';
import { scheduleUpkeep } from './upkeep.ts';

export type GraphShared = {
  logger: Logger;
  /** Shared by every process that reads relations, and kept by none of them alone. */
  versionedCache: (name: 'relations') => VersionedCache<RelationImage>;
  /** Shared likewise. */
  cache: Cache;
  services: { users: Pick<Users<CallContext>, 'getUsers'> };
  /** Default: a server. */
  role?: Role;
  /** Epoch milliseconds. */
  now?: () => number;
};

export type OpenedGraph = OpenedSubgraph<Graph<CallContext>> & {
  /** What operators may do, to be called by their own tools. */
  operators: { reconcileCounters(options?: Pick<ReconcileOptions, 'onProgress'>): Promise<Repair[]> };
};

const MIGRATIONS = join(import.meta.dirname, '../../../prisma/graph/migrations');

/** Applies what migrations are missing, then serves. */
export async function openGraph(config: GraphConfig, shared: GraphShared): Promise<OpenedGraph> {
  const { databaseUrl: url, poolSize: max } = config;
  return openDatabase({ url, name: 'graph', max, migrations: MIGRATIONS, logger: shared.logger }, (pool) =>
    assemble(config, shared, pool),
  );
}

function assemble(config: GraphConfig, shared: GraphShared, pool: Pool): OpenedGraph {
  const { logger, cache, versionedCache, services, now = Date.now } = shared;
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const commits = createCommitSignal(
    createAnnouncer(pool, (error) => logger.warn({ error }, 'A commit could not be announced')),
  );
  // A worker shows nobody anything.
  const replicaUrl = shared.role === 'worker' ? null : (config.replicaUrl ?? null);
  const reads = createReadRouter({ name: 'graph', primary: pool, replicaUrl, logger });
  const deps = {
    ...config,
    pool,
    reads,
    prisma,
    logger,
    now,
    commits,
    images: versionedCache('relations'),
    people: createCachedPeople({ pool, cache, ttlMs: config.peopleTtlMs, logger }),
    users: services.users,
  };
  const upkeep =
    shared.role === 'worker'
      ? null
      : scheduleUpkeep(
          deps,
          (work) => oneAtATime(pool, 'graph', work),
          (error) => logger.error({ error }, 'The upkeep of graph failed'),
        );
  return {
    name: 'graph',
    subgraph: createGraphSubgraph(deps),
    rpc: graphRpc(deps),
    consumers: graphConsumers(deps),
    outbox: { name: 'graph', pool, onCommit: commits.onCommit },
    operators: { reconcileCounters: (options) => reconcileEverybody(deps, options) },
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      await upkeep?.stop();
      await reads.close();
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
