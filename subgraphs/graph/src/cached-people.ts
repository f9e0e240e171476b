import type { Id } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import type { Pair } from './store/edges.ts';
import { readCounts, type FollowCounts } from './store/people.ts';
import { readFollowersAmong } from './store/relations.ts';

/**
 * What is shown of people and guards nothing, read through the cache: how many follow and are followed, and who of some
 * people follows somebody. Whoever changes a follow has it forgotten between the commit and the answer, so this is never
 * older than the last change that was answered. A cache that is away refuses no change.
 */
export type CachedPeople = {
  /** People without a row are absent. */
  readCounts(ids: readonly Id[]): Promise<Map<Id, FollowCounts>>;
  readFollowersAmong(userId: Id, otherIds: readonly Id[]): Promise<Set<Id>>;
  /** Before a change is answered. What fails is done by the events of the change. */
  forget(changed: ChangedFollows): Promise<void>;
  /** Throws StarlingError UNAVAILABLE while the cache is away. */
  mustForget(changed: ChangedFollows): Promise<void>;
};

export type ChangedFollows = {
  /** Follows that may have begun or ended; they count for both. */
  pairs?: readonly Pair[];
  /** People whose counters were corrected. */
  countedIds?: readonly Id[];
};

export type CachedPeopleDeps = { pool: Pool; cache: Cache; ttlMs: number; logger: ErrorLog };

export function createCachedPeople({ pool, cache, ttlMs, logger }: CachedPeopleDeps): CachedPeople {
  const mustForget = (changed: ChangedFollows) => cache.delete(keysOf(changed));
  return {
    async readCounts(ids) {
      const found = await cache.getOrLoadMany<FollowCounts>(
        ids.map(countsKey),
        async (keys) => {
          const counts = await readCounts(pool, keys.map(lastIdOf));
          return new Map([...counts].map(([id, value]) => [countsKey(id), value]));
        },
        { ttlMs },
      );
      return new Map(
        [...found].flatMap(([key, counts]) => (counts === null ? [] : [[lastIdOf(key), counts] as const])),
      );
    },
    async readFollowersAmong(userId, otherIds) {
      const keyOf = (followerId: Id) => followKey({ actorId: followerId, targetId: userId });
      const found = await cache.getOrLoadMany<boolean>(
        otherIds.map(keyOf),
        async (keys) => {
          const followers = await readFollowersAmong(pool, userId, keys.map(followerOf));
          return new Map(keys.map((key) => [key, followers.has(followerOf(key))]));
        },
        { ttlMs },
      );
      return new Set(otherIds.filter((id) => found.get(keyOf(id)) === true));
    },
    mustForget,
    forget: (changed) =>
      mustForget(changed).catch((error: unknown) =>
        logger.error({ error }, 'Cached follows and counters could not be dropped; their events will do it'),
      ),
  };
}

function keysOf({ pairs = [], countedIds = [] }: ChangedFollows): string[] {
  const people = new Set([...countedIds, ...pairs.flatMap(({ actorId, targetId }) => [actorId, targetId])]);
  return [...pairs.map(followKey), ...[...people].map(countsKey)];
}

function countsKey(id: Id): string {
  return `graph:counts:${id}`;
}

function followKey({ actorId, targetId }: Pair): string {
  return `graph:follows:${actorId}:${targetId}`;
}

function followerOf(key: string): Id {
  return key.split(':')[2] ?? '';
}

function lastIdOf(key: string): Id {
  return key.slice(key.lastIndexOf(':') + 1);
}
