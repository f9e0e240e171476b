import { channel } from 'node:diagnostics_channel';
import pg from 'pg';
import { observePool, observeStatement, type StatementEnd } from '../telemetry/observe-sql.ts';

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

/** What is published on the diagnostics channel for every statement, whoever sends it through the pool (Prisma too). */
export type SqlStatement = { pool: string; text: string };
export const SQL_CHANNEL = 'starling:sql';

const statements = channel(SQL_CHANNEL);

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
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + silenceMs,
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
        const text = textOf(args[0]);
        if (statements.hasSubscribers) statements.publish({ pool: name, text } satisfies SqlStatement);
        const end = observeStatement(name, text);
        return end ? applyUntilEnd(query, self, args, end) : (Reflect.apply(query, self, args) as unknown);
      },
    });
  });
  observePool(pool, name);
  return pool;
}

/** Callers with callbacks, as the pool itself is one, hear of the end after us; the others wait for the same promise as we. */
function applyUntilEnd(query: object, self: unknown, args: unknown[], end: StatementEnd): unknown {
  const last = args.at(-1);
  if (typeof last !== 'function') {
    const result: unknown = Reflect.apply(query as Query, self, args);
    if (result instanceof Promise) result.then(() => end(null), end);
    return result;
  }
  const callback = (...outcome: unknown[]) => {
    end(outcome[0]);
    Reflect.apply(last as Query, undefined, outcome);
  };
  return Reflect.apply(query as Query, self, [...args.slice(0, -1), callback]);
}

type Query = (...args: unknown[]) => unknown;

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const text: unknown = (query as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : '';
}
