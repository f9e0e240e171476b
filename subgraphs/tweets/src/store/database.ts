import { appendToOutbox } from '@starling/kit/outbox/append.ts';
import type { Pool, PoolClient } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import { PrismaClient } from '@starling/prisma/tweets/generated/client.ts';
import { PrismaPg } from '@prisma/adapter-pg';
import type { FactEvent } from '../publishes.ts';
import { staleBy, type Stale } from '../stale.ts';

export type Database = {
  pool: Pool;
  /** Over the same pool. */
  prisma: PrismaClient;
  /** Told after every commit that has left events in the outbox. */
  committed(): void;
  /** Drops from the cache what a change that stands has made old; it is awaited before anybody hears of the change. */
  forget(stale: Stale): Promise<void>;
};

export function createDatabase(pool: Pool, told: Pick<Database, 'committed' | 'forget'>): Database {
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }), ...told };
}

/** Puts events into the outbox, in the transaction of their facts. */
export type Append = (events: readonly FactEvent[]) => Promise<void>;

/**
 * Facts and their events, together or not at all; once this resolves, no cache has anything of before. `work` may run again
 * after a deadlock.
 */
export async function commitFacts<Result>(
  db: Pick<Database, 'pool' | 'committed' | 'forget'>,
  work: (client: PoolClient, append: Append) => Promise<Result>,
): Promise<Result> {
  const { result, events } = await withTransaction(db.pool, async (client) => {
    const appended: FactEvent[] = [];
    const append: Append = async (more) => {
      appended.push(...more);
      await appendToOutbox(client, more);
    };
    return { result: await work(client, append), events: appended };
  });
  if (events.length === 0) return result;
  db.committed();
  await db.forget(staleBy(events));
  return result;
}
