import type { Id } from '@starling/domain/ids.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import type { TimelineConfig } from '@starling/timeline/config.ts';
import type { TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { fillTimelines } from './lists.ts';

/** What Redis says a timeline takes, key and all. */
export type TimelineBytes = {
  /** With `kept` ids: as it was built, and as a trim leaves it. */
  built: number;
  trimmed: number;
  /** From one trim to the next. */
  mean: number;
  largest: number;
  /** On average. */
  bytesAnId: number;
};

/** A new list, and then one push after the other from one trim to the next. */
export async function bytesOfTimeline(
  { store, connection, config }: { store: TimelineStore; connection: RedisConnection; config: TimelineConfig },
  viewerId: Id,
  mint: () => Id,
): Promise<TimelineBytes> {
  await fillTimelines(store, [viewerId], Array.from({ length: config.kept }, mint));
  const [key = ''] = await connection.client.keys(`*home:${viewerId}`);
  const ids = async () => (await connection.client.llen(key)) - 1;
  const push = () => store.push([{ followerIds: [viewerId], entryIds: [mint()] }]);
  const bytes = async () => Number(await connection.client.memory('USAGE', key, 'SAMPLES', 0));
  const built = await bytes();
  const pushUntilTrimmed = async (look: () => Promise<void>) => {
    for (let before = -1, now = await ids(); now > before; before = now, now = await ids()) {
      await look();
      await push();
    }
  };
  await pushUntilTrimmed(async () => undefined);
  const seen: number[] = [];
  await pushUntilTrimmed(async () => void seen.push(await bytes()));
  const mean = seen.reduce((sum, each) => sum + each, 0) / seen.length;
  const meanIds = config.kept + (seen.length - 1) / 2;
  return { built, trimmed: seen[0] ?? NaN, mean, largest: Math.max(...seen), bytesAnId: mean / meanIds };
}
