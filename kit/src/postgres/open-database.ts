import type { Logger } from '../logger.ts';
import { applyMigrations } from './migrations.ts';
import { createPool, type Pool, type PoolOptions } from './pool.ts';

export type DatabaseOptions = Pick<PoolOptions, 'url' | 'name' | 'max'> & {
  /** Folder of migrations; what is missing of them is applied first. */
  migrations?: string;
  logger: Pick<Logger, 'warn'>;
};

/** What `open` makes of a pool on a database that is up to date. The pool is closed again if that fails. */
export async function openDatabase<Opened>(
  { migrations, logger, ...options }: DatabaseOptions,
  open: (pool: Pool) => Opened | Promise<Opened>,
): Promise<Opened> {
  const pool = createPool({
    ...options,
    onConnectionLost: (error) => logger.warn({ error, database: options.name }, 'A database connection was lost'),
  });
  try {
    if (migrations !== undefined) await applyMigrations(pool, migrations);
    return await open(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
}
