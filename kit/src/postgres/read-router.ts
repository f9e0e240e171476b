import type { Logger } from '../logger.ts';
import type { CallContext, Consistency } from '../principal.ts';
import { checkAddress } from './database-refused.ts';
import { FAR_AHEAD, parseLsn, type Lsn } from './lsn.ts';
import { createPool, type Pool, type Queryable } from './pool.ts';
import { watchReplica } from './replica-watch.ts';
import { replicaLag } from '../telemetry/metrics.ts';
import { beforeTelling } from '../telemetry/registry.ts';

/**
 * Where reads go that may show what was true a moment ago. They must neither guard visibility nor fill a cache, which would
 * keep what they have seen; those stay with the primary.
 */
export type ReadRouter = {
  /**
   * Reads from the replica if that has come as far as this caller must see and lags little, else from the primary. What
   * fails on the replica is read once more from the primary. `read` changes nothing.
   */
  read<Result>(call: Pick<CallContext, 'consistency'>, read: (db: Queryable) => Promise<Result>): Promise<Result>;
  /** How far the primary is now: what was committed before is below. Null if there is no replica, and so nobody need know. */
  position(): Promise<{ database: string; position: string } | null>;
  close(): Promise<void>;
};

/** For who may not be shown less than what is true now. */
export const PRIMARY_ONLY: Consistency = { '*': FAR_AHEAD };

export type ReadRouterOptions = {
  /** Of the database, as positions name it. */
  name: string;
  primary: Pool;
  /** Null: everything is read from the primary. */
  replicaUrl: string | null;
  /** Connections to the replica, at most. Default that of the primary's pool. */
  max?: number;
  /** A replica further behind is not read. Default 1 s. */
  maxLagMs?: number;
  /** How often both are asked how far they are. Default 100 ms. */
  pollMs?: number;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
};

/** A replica that does not answer by then costs its reader this, once. */
const PATIENCE_MS = 1_000;

export function createReadRouter(options: ReadRouterOptions): ReadRouter {
  const { replicaUrl, primary } = options;
  if (replicaUrl !== null) return routeBetween({ ...options, replicaUrl });
  return {
    read: (_call, read) => read(primary),
    position: async () => null,
    close: async () => undefined,
  };
}

/** A replica that is away at the start is no reason not to start. */
function routeBetween({
  name,
  primary,
  replicaUrl: url,
  max = primary.options.max,
  maxLagMs = 1_000,
  pollMs = 100,
  logger,
}: ReadRouterOptions & { replicaUrl: string }): ReadRouter {
  checkAddress({ url, name, variable: `${name.toUpperCase()}_REPLICA_URL` });
  const patience = { statementTimeoutMs: PATIENCE_MS, silenceMs: 0, connectionTimeoutMs: PATIENCE_MS };
  const replica = createPool({ url, name: `${name}-replica`, max, ...patience });
  // Of its own, so that knowledge does not wait behind reads.
  const watched = createPool({ url, name: `${name}-watch`, max: 1, ...patience });
  const watch = watchReplica({ name, primary, replica: watched, maxLagMs, pollMs, logger });
  const stopTelling = beforeTelling(() => tellLag(name, watch.lagMs()));
  return {
    async read(call, read) {
      if (!mayRead(call)) return read(primary);
      try {
        return await read(replica);
      } catch (error) {
        watch.distrust(error);
        return read(primary);
      }
    },
    async position() {
      const { rows } = await primary.query<{ position: string }>({
        name: 'primary-position',
        text: 'SELECT pg_current_wal_insert_lsn()::text AS position',
      });
      return { database: name, position: rows[0]?.position ?? FAR_AHEAD };
    },
    async close() {
      stopTelling();
      await watch.stop();
      await Promise.all([replica.end(), watched.end()]);
    },
  };

  function mayRead({ consistency = {} }: Pick<CallContext, 'consistency'>): boolean {
    const asked = consistency['*'] ?? consistency[name];
    if (asked === undefined) return watch.mayRead(null);
    const position: Lsn | null = parseLsn(asked);
    return position !== null && watch.mayRead(position);
  }
}

/** What is not known is not told. */
function tellLag(pool: string, lagMs: number | null): void {
  if (lagMs === null) replicaLag.remove({ pool });
  else replicaLag.set({ pool }, lagMs / 1_000);
}
