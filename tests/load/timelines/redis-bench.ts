import type { Id } from '@starling/domain/ids.ts';
import { timelineConfig, type TimelineConfig } from '@starling/timeline/config.ts';
import type { TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { rateOfShares } from '../paths/rounds.ts';
import type { Comparison } from './comparison.ts';
import { fanOutAll } from './fan-out-all.ts';
import { createMint, fillTimelines, viewerAt } from './lists.ts';
import { startOwnRedis, type OwnRedis } from './own-redis.ts';

/** A Redis of its own with timelines at their full length. */
export type RedisBench = {
  redis: OwnRedis;
  config: TimelineConfig;
  store: TimelineStore;
  /** Have a list each. */
  viewers: readonly Id[];
  /** Later than all that there were. */
  mint(count: number): Id[];
  /** A turn's entries by the fan-out itself; deliveries a second. */
  push(followers: readonly Id[]): Promise<number>;
  /** Entries of one turn. A round's are those from one trim of a list to the next, so that each has its share of trims. */
  entries: number;
  /** Of whatever is measured here. */
  round: Pick<Comparison, 'turns' | 'ofTurns'>;
  close(): Promise<void>;
};

export const NAMESPACE = 'bench';

/** Short ones, as the machine is faster or slower for seconds at a time. */
const TURNS = 5;

type Size = { lists: number; cluster: boolean };

export async function openRedisBench({ lists, cluster }: Size): Promise<RedisBench> {
  const redis = await startOwnRedis({ cluster });
  const config = timelineConfig.parse({ maxTimelines: lists + 1 });
  const entries = (config.trimAbove - config.kept) / TURNS;
  const store = createRedisTimelineStore({ ...config, redis: redis.connection, namespace: NAMESPACE });
  const viewers = Array.from({ length: lists }, (_, index) => viewerAt(index));
  const mintOne = createMint();
  const mint = (count: number) => Array.from({ length: count }, mintOne);
  try {
    // As the product does that is opened beside it, which would drop lists of an unknown kind.
    await store.fillBy(config.delivery);
    await fillTimelines(store, viewers, mint(config.kept));
  } catch (error) {
    await redis.close();
    throw error;
  }
  return {
    ...{ redis, config, store, viewers, mint, entries },
    round: { turns: TURNS, ofTurns: rateOfShares },
    push: (followers) => fanOutAll(store, config, { followers, entryIds: mint(entries) }),
    async close() {
      await store.close();
      await redis.close();
    },
  };
}
