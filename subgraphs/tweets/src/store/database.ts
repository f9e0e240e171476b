import type { Pool, PoolClient } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import { PrismaClient } from '@starling/prisma/tweets/generated/client.ts';
import { PrismaPg } from '@prisma/adapter-pg';

export type Database = {
  pool: Pool;
  /** Over the same pool. */
  prisma: PrismaClient;
  /** Told after every commit that may have left events in the outbox. */
  committed(): void;
};

export function createDatabase(pool: Pool, committed: () => void): Database {
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }), committed };
}

/** Facts and their events, together or not at all. `work` may run again after a deadlock. */
export async function commitFacts<Result>(
  db: Pick<Database, 'pool' | 'committed'>,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const result = await withTransaction(db.pool, work);
  db.committed();
  return result;
}
