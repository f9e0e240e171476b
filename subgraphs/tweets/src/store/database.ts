import { appendToOutbox } from '@starling/kit/outbox/append.ts';
import type { Pool, PoolClient } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import { PrismaClient } from '@starling/prisma/tweets/generated/client.ts';
import { PrismaPg } from '@prisma/adapter-pg';
import type { FactEvent } from '../publishes.ts';
import { mergeStale, staleBy, type Stale } from '../stale.ts';

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

/** Has more forgotten, even if nothing changes: who made a change that stands already may not have answered. */
export type Concern = (stale: Stale) => void;

/**
 * Facts and their events, together or not at all; once this resolves, no cache has anything of before. `work` may run again
 * after a deadlock.
 */
export async function commitFacts<Result>(
  db: Pick<Database, 'pool' | 'committed' | 'forget'>,
  work: (client: PoolClient, append: Append, concern: Concern) => Promise<Result>,
): Promise<Result> {
  const { result, events, concerned } = await withTransaction(db.pool, async (client) => {
    const appended: FactEvent[] = [];
    const more: Stale[] = [];
    const append: Append = async (added) => {
      appended.push(...added);
      await appendToOutbox(client, added);
    };
    const outcome = await work(client, append, (stale) => void more.push(stale));
    return { result: outcome, events: appended, concerned: more };
  });
  if (events.length > 0) db.committed();
  if (events.length > 0 || concerned.length > 0) await db.forget(mergeStale([staleBy(events), ...concerned]));
  return result;
}
