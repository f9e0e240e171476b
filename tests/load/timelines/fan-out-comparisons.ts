import { createEmbeddedTimelineStore } from '@starling/timeline/timeline-store/embedded.ts';
import type { Comparison } from './comparison.ts';
import { fanOutAll } from './fan-out-all.ts';
import { fillTimelines } from './lists.ts';
import { openRecordsLoad } from './records-load.ts';
import { NAMESPACE, type RedisBench } from './redis-bench.ts';
import { openRpushBaseline } from './redis-benchmark.ts';

export const FAN_OUT_TO_REDIS = 'fan-out, Redis';

/** Entries to every list: beside what Redis can take at best, from records of the log on, and in this process' memory. */
export async function fanOutComparisons(bench: RedisBench, tell: (text: string) => void): Promise<Comparison[]> {
  const { redis, config, viewers, mint, push, entries, round } = bench;
  const isCluster = redis.connection.isCluster;
  const where = isCluster ? 'Redis Cluster of three' : 'Redis';
  const name = isCluster ? `fan-out, ${where}` : FAN_OUT_TO_REDIS;
  const toAll = () => push(viewers);
  const rpush = await openRpushBaseline(redis, {
    lists: viewers.length,
    filling: { ids: mint(config.kept), expiryMs: config.expiryMs },
    tell,
  });
  const fromRecords = await openRecordsLoad(bench, NAMESPACE);
  const comparisons: Comparison[] = [
    {
      ...frame(name, 'redis-benchmark RPUSH, the fastest'),
      aim: isCluster ? null : { atLeast: 0.9 },
      ...round,
      ours: toAll,
      theirs: () => rpush.push(viewers.length * entries),
      async prepare() {
        await rpush.trim();
        await redis.settle();
      },
    },
    {
      ...frame(`records of the log, ${where}`, 'the fan-out alone'),
      aim: isCluster ? null : { atLeast: 0.8 },
      ...round,
      prepare: () => redis.settle(),
      ours: () => fromRecords.pushAll(mint(entries)),
      theirs: toAll,
      close: () => fromRecords.close(),
    },
  ];
  return isCluster ? comparisons : [...comparisons, await inMemory(bench)];
}

async function inMemory({ redis, config, viewers, mint, push, entries, round }: RedisBench): Promise<Comparison> {
  const store = createEmbeddedTimelineStore(config);
  await fillTimelines(store, viewers, mint(config.kept));
  return {
    ...frame('fan-out, embedded', 'the same to Redis'),
    ...round,
    prepare: () => redis.settle(),
    ours: () => fanOutAll(store, config, { followers: viewers, entryIds: mint(entries) }),
    theirs: () => push(viewers),
    close: () => store.close(),
  };
}

function frame(name: string, baseline: string): Omit<Comparison, 'ours' | 'theirs'> {
  const nothing = async () => undefined;
  return { name, baseline, unit: '/s', aim: null, settle: nothing, close: nothing };
}
