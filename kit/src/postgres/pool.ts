import { channel } from 'node:diagnostics_channel';
import pg from 'pg';

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
  /** Postgres ends a connection whose transaction does nothing for so long. Default 30 s; 0 = never. */
  idleInTransactionTimeoutMs?: number;
  /** How long a caller waits for a free or new connection. Default 10 s. */
  connectionTimeoutMs?: number;
  /** Told when an idle connection breaks; the pool has dropped it already and opens another when needed. */
  onConnectionLost?(error: Error): void;
};

/** What is published on the diagnostics channel for every statement, whoever sends it through the pool (Prisma too). */
export type SqlStatement = { pool: string; text: string };
export const SQL_CHANNEL = 'starling:sql';

const statements = channel(SQL_CHANNEL);

/** A bounded pool that survives a restart of its Postgres: a broken connection fails its statement and nothing else. */
export function createPool(options: PoolOptions): Pool {
  const { url, name, max = 10, onConnectionLost = () => {} } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `starling-${name}`,
    max,
    keepAlive: true,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
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
    client.query = new Proxy(client.query, {
      apply(query, self, args: unknown[]) {
        if (statements.hasSubscribers) statements.publish({ pool: name, text: textOf(args[0]) } satisfies SqlStatement);
        return Reflect.apply(query, self, args) as unknown;
      },
    });
  });
  return pool;
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const text: unknown = (query as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : '';
}
