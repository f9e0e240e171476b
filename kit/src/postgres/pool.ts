import pg from 'pg';
import { observePool } from '../telemetry/observe-sql.ts';
import { watchStatements } from './watch-statements.ts';

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;

/** Something that runs a statement: a pool, or the client of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

export type PoolOptions = {
  url: string;
  /** Shown by Postgres as the application, and told with every statement. */
  name: string;
  /** Connections, at most. Default 10. */
  max?: number;
  /** Postgres ends a statement that runs longer. Default 30 s; 0 = never. */
  statementTimeoutMs?: number;
  /** Postgres ends a statement that waits longer for a lock. Default 20 s; 0 = never. */
  lockTimeoutMs?: number;
  /** Postgres ends a connection whose transaction does nothing for so long. Default 30 s; 0 = never. */
  idleInTransactionTimeoutMs?: number;
  /** How much later than Postgres we give a statement up ourselves, for a server that has gone silent. Default 5 s. */
  silenceMs?: number;
  /** How long a caller waits for a free or new connection. Default 10 s. */
  connectionTimeoutMs?: number;
  /** Told when an idle connection breaks; the pool has dropped it already and opens another when needed. */
  onConnectionLost?(error: Error): void;
};

/** A bounded pool that survives a restart of its Postgres: a broken connection fails its statement and nothing else. */
export function createPool(options: PoolOptions): Pool {
  const { url, name, max = 10, statementTimeoutMs = 30_000, silenceMs = 5_000, onConnectionLost = () => {} } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `starling-${name}`,
    max,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs ?? 20_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 30_000,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 10_000,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', (error) => {
    // What breaks while the pool closes was going away anyway.
    if (pool.ending) return;
    // pg hangs the whole client on it, which is no matter for logs.
    delete (error as { client?: unknown }).client;
    onConnectionLost(error);
  });
  pool.on('connect', (client) => {
    // The pool listens to idle clients only; one that breaks between two statements of a transaction would end the process.
    client.on('error', () => {});
    watchStatements(client, { name, silenceMs: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + silenceMs });
  });
  observePool(pool, name);
  return pool;
}
