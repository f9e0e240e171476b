import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { PoolClient } from 'pg';
import { observeStatement } from '../telemetry/observe-sql.ts';
import { SILENT } from './unavailable.ts';

/** What is published on the diagnostics channel for every statement, whoever sends it through the pool (Prisma too). */
export type SqlStatement = { pool: string; text: string };
export const SQL_CHANNEL = 'starling:sql';

const statements = channel(SQL_CHANNEL);

type Callback = (error: Error | null, result?: unknown) => void;
type Query = (...args: unknown[]) => unknown;

/**
 * Tells of every statement of a connection, and breaks the connection off once its server has said nothing for so long (0 = never)
 * while a statement is under way.
 *
 * That is pg's `query_timeout`, without its cost: it assigns a function literal to a property of each query, as promises of pg do, and V8
 * allocates such functions in the old generation, from where they keep their query with all its rows alive. With it every scavenge copied
 * each row that had been read since the last one (15 to 20 ms with pages of 2,000 rows, 1 ms without). So the time is the
 * socket's own, and pg is always asked with a callback.
 */
export function watchStatements(client: PoolClient, { name, silenceMs }: { name: string; silenceMs: number }): void {
  const { stream: socket } = client.connection as unknown as { stream: Socket };
  let underWay = 0;
  socket.setTimeout(silenceMs).on('timeout', () => {
    if (underWay > 0) socket.destroy(new Error(SILENT));
  });

  function run(query: Query, args: unknown[], callback: Callback): unknown {
    const text = textOf(args[0]);
    if (statements.hasSubscribers) statements.publish({ pool: name, text } satisfies SqlStatement);
    const told = observeStatement(name, text);
    underWay += 1;
    return Reflect.apply(query, client, [
      ...args,
      (error: Error | null, result: unknown) => {
        underWay -= 1;
        told?.(error);
        callback(error, result);
      },
    ]);
  }
  client.query = new Proxy<PoolClient['query'] & Query>(client.query, {
    apply(query: Query, _, args: unknown[]): unknown {
      const last = args.at(-1);
      if (typeof last === 'function') return run(query, args.slice(0, -1), last as Callback);
      const result = new Promise((resolve, reject) => {
        run(query, args, (error, rows) => (error ? reject(error) : resolve(rows)));
      });
      return result.catch(rethrowFromHere);
    },
  });
}

/** With the stack of whoever waits, not the socket's. */
function rethrowFromHere(error: Error): never {
  Error.captureStackTrace(error);
  throw error;
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const text: unknown = (query as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : '';
}
