import type { Id } from '@starling/domain/ids.ts';
import type { NotedProfileOpen } from '@starling/schema/generated/rpc/graph.ts';

/** Opens that wait to be written, those that came first in front. */
export type WaitingOpens = {
  /** False where there is no room, for anybody or for this viewer. */
  add(open: NotedProfileOpen): boolean;
  /** Up to so many of those in front; they stay until they are removed. */
  first(count: number): NotedProfileOpen[];
  /** So many in front go. */
  remove(count: number): void;
  count(): number;
};

export type WaitingLimits = {
  maxWaiting: number;
  /** Of one viewer, so that nobody takes the room of others. */
  maxOfOne: number;
};

export function createWaitingOpens({ maxWaiting, maxOfOne }: WaitingLimits): WaitingOpens {
  let waiting: NotedProfileOpen[] = [];
  /** By viewer; without those who have none. */
  const counts = new Map<Id, number>();

  function change(viewerId: Id, by: number): void {
    const count = (counts.get(viewerId) ?? 0) + by;
    if (count === 0) counts.delete(viewerId);
    else counts.set(viewerId, count);
  }
  return {
    add(open) {
      if (waiting.length >= maxWaiting || (counts.get(open.viewerId) ?? 0) >= maxOfOne) return false;
      waiting.push(open);
      change(open.viewerId, 1);
      return true;
    },
    first: (count) => waiting.slice(0, count),
    remove(count) {
      for (const { viewerId } of waiting.slice(0, count)) change(viewerId, -1);
      waiting = waiting.slice(count);
    },
    count: () => waiting.length,
  };
}
