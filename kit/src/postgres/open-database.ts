import type { Logger } from '../logger.ts';
import { checkAddress, explainRefusal, LEAST_MAJOR, tooOld, type DatabaseAddress } from './database-refused.ts';
import { applyMigrations } from './migrations.ts';
import { createPool, type Pool, type PoolOptions } from './pool.ts';

export type DatabaseOptions = Omit<PoolOptions, 'onConnectionLost'> & {
  /** Folder of migrations; what is missing of them is applied first. */
  migrations?: string;
  logger: Pick<Logger, 'warn'>;
};

/**
 * What `open` makes of a pool on a database that is up to date. The pool is closed again if that fails.
 * Throws DatabaseRefused, in words for whoever starts the process, for a database that cannot be worked with.
 */
export async function openDatabase<Opened>(
  { migrations, logger, ...options }: DatabaseOptions,
  open: (pool: Pool) => Opened | Promise<Opened>,
): Promise<Opened> {
  checkAddress(options);
  const pool = createPool({
    ...options,
    onConnectionLost: (error) => logger.warn({ error, database: options.name }, 'A database connection was lost'),
  });
  try {
    await refuseOldServer(pool, options);
    if (migrations !== undefined) await applyMigrations(pool, migrations);
    return await open(pool);
  } catch (error) {
    await pool.end();
    throw explainRefusal(error, options);
  }
}

async function refuseOldServer(pool: Pool, address: DatabaseAddress): Promise<void> {
  const { rows } = await pool.query<{ number: number; version: string }>(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version",
  );
  const [server] = rows;
  if (server !== undefined && server.number < LEAST_MAJOR * 10_000) throw tooOld(server.version, address);
}
