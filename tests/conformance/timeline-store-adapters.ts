import type { Id } from '@starling/domain/ids.ts';
import { createEmbeddedTimelineStore } from '@starling/timeline/timeline-store/embedded.ts';
import type { TimelineLimits, TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { findRedis } from '../support/redis.ts';

export type Subject = { store: TimelineStore; advance(ms: number): Promise<void> };
export type TimelineStoreAdapter = {
  name: string;
  /** Whether it counts lists; a server bounds its memory instead. */
  countsLists: boolean;
  open(): Promise<{ subject(limits: TimelineLimits): Promise<Subject>; close(): Promise<void> }>;
};

export const timelineStoreAdapters: readonly TimelineStoreAdapter[] = [
  {
    name: 'embedded',
    countsLists: true,
    open: async () => ({
      async subject(limits) {
        let clock = 1_000_000;
        const store = createEmbeddedTimelineStore({ ...limits, now: () => clock });
        return { store, advance: async (ms) => void (clock += ms) };
      },
      close: async () => {},
    }),
  },
  ...(await findRedis()).map(({ name, open }) => ({
    name,
    countsLists: false,
    async open() {
      const redis = await open();
      const subject = async (limits: TimelineLimits): Promise<Subject> => {
        const namespace = redis.newNamespace();
        const store = createRedisTimelineStore({ ...limits, redis: redis.connection, namespace });
        return { store, advance: (ms) => redis.advance(namespace, ms) };
      };
      return { subject, close: redis.close };
    },
  })),
];

/** Of an entry; in the order of numbers. */
export function id(number: number): Id {
  return `12${String(number).padStart(17, '0')}`;
}

export function user(number: number): Id {
  return `11${String(number).padStart(17, '0')}`;
}
