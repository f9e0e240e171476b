import { LRUCache } from 'lru-cache';
import { furtherLsn } from '../postgres/lsn.ts';
import type { Consistency } from '../principal.ts';
import type { PositionStore } from './port.ts';

/** More people than write within the time. */
const MAX_PEOPLE = 100_000;

/** Positions of this process alone: enough where one gateway serves. */
export function createEmbeddedPositionStore({ ttlMs }: { ttlMs: number }): PositionStore {
  const written = new LRUCache<string, Consistency>({ max: MAX_PEOPLE, ttl: ttlMs, ttlResolution: 0 });
  return {
    async note(userId, wrote) {
      const held = { ...written.get(userId) };
      for (const [database, position] of Object.entries(wrote))
        held[database] = furtherLsn(held[database] ?? position, position);
      written.set(userId, held);
    },
    read: async (userId) => written.get(userId) ?? {},
  };
}
