import { openOwnConnection } from './own-connection.ts';
import type { Pool } from './pool.ts';

/**
 * Does some upkeep of a database, unless another process is at the same upkeep now: then nothing is done, and this is false.
 * The right to it ends with the process. `task` names it within the database.
 */
export async function oneAtATime(pool: Pool, task: string, work: () => Promise<void>): Promise<boolean> {
  const { client, close } = await openOwnConnection(pool, task);
  try {
    const { rows } = await client.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
      [`starling upkeep ${task}`],
    );
    if (rows[0]?.taken !== true) return false;
    await work();
    return true;
  } finally {
    close();
  }
}
