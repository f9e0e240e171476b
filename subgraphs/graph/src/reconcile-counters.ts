import type { Id } from '@starling/domain/ids.ts';
import { countRows } from '@starling/kit/postgres/count-rows.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import type { CachedPeople } from './cached-people.ts';
import { mustBeInTime, settleFame, type FameRules } from './settle-fame.ts';
import { countFollows, listPeopleIds, lockPeople, savePeople, type FollowCounts } from './store/people.ts';

/** A counter that was wrong. */
export type Repair = { userId: Id; before: FollowCounts; after: FollowCounts };

export type ReconcileDeps = FameRules & {
  pool: Pool;
  people: Pick<CachedPeople, 'forget'>;
  /** Epoch milliseconds. */ now: () => number;
};

/** `onProgress` hears how many people are done, of how many. */
export type ReconcileOptions = { pageSize?: number; onProgress?(done: number, total: number): void };

/** Recounts everybody, a page at a time beside ordinary traffic, and repairs what differs. */
export async function reconcileEverybody(
  deps: ReconcileDeps,
  { pageSize = 500, onProgress }: ReconcileOptions = {},
): Promise<Repair[]> {
  const total = await countRows(deps.pool, 'person');
  const repairs: Repair[] = [];
  let done = 0;
  for (let page = await listPeopleIds(deps.pool, null, pageSize); page.length > 0;) {
    repairs.push(...(await reconcileCounters(deps, page)));
    done += page.length;
    onProgress?.(done, Math.max(done, total));
    page = await listPeopleIds(deps.pool, page.at(-1) ?? null, pageSize);
  }
  return repairs;
}

/**
 * Counts the follows of these people (at most some hundreds at a time) and corrects their counters, and who is famous, should the thresholds
 * have changed. Answers what it repaired.
 */
export async function reconcileCounters(deps: ReconcileDeps, userIds: readonly Id[]): Promise<Repair[]> {
  const repaired = await withTransaction(deps.pool, async (client) => {
    const people = await lockPeople(client, userIds);
    const actual = await countFollows(client, [...people.keys()]);
    const repairs: Repair[] = [];
    const wrong = [...people.values()].filter((person) => {
      const after = actual.get(person.userId) ?? { followerCount: 0, followingCount: 0 };
      const before = { followerCount: person.followerCount, followingCount: person.followingCount };
      if (before.followerCount === after.followerCount && before.followingCount === after.followingCount) return false;
      repairs.push({ userId: person.userId, before, after });
      Object.assign(person, after);
      return true;
    });
    const settled = await settleFame(client, deps, people.values());
    await savePeople(client, [...new Set([...wrong, ...settled.changed])]);
    mustBeInTime(deps, settled);
    return repairs;
  });
  await deps.people.forget({ countedIds: repaired.map(({ userId }) => userId) });
  return repaired;
}
