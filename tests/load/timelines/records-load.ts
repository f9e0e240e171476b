import type { Id } from '@starling/domain/ids.ts';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { LogRecord, NewRecord, PartitionLag, RecordPosition } from '@starling/kit/event-log/port.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { openTimeline } from '@starling/timeline/open.ts';
import { SILENT } from '../../support/redis.ts';
import { graphOfFollowers, servicesOfNewcomers } from './followers-of.ts';
import { viewerAt } from './lists.ts';
import { recordOfTweet } from './record-of.ts';
import type { RedisBench } from './redis-bench.ts';

export type RecordsLoad = {
  /** Deliveries a second. */
  pushAll(entryIds: readonly Id[]): Promise<number>;
  close(): Promise<void>;
};

/** From records of the log to the lists in Redis: each of an author of its own, and all followed by the same people. */
export async function openRecordsLoad(
  { redis, config, viewers }: Pick<RedisBench, 'redis' | 'config' | 'viewers'>,
  namespace: string,
): Promise<RecordsLoad> {
  const queue = createQueue();
  const shared = {
    logger: SILENT,
    pubsub: createEmbeddedPubSub(),
    cache: createEmbeddedCache(),
    log: queue,
    redis: { connection: redis.connection, namespace },
    services: servicesOfNewcomers(graphOfFollowers(viewers)),
  };
  const timeline = await openTimeline({ ...config, auditEveryMs: 0, newsForMs: 0 }, shared);
  return {
    async pushAll(entryIds) {
      const records = entryIds.map((tweetId, index) => recordOfTweet({ tweetId, authorId: viewerAt(index) }));
      await queue.publish(records);
      const began = performance.now();
      for (let batch = queue.take(); batch.length > 0; batch = queue.take()) await handle(timeline.consumers, batch);
      return (viewers.length * entryIds.length) / ((performance.now() - began) / 1_000);
    },
    close: () => timeline.close(),
  };
}

const BATCH = 200;

/** A log without storage, of one partition: what is published is handed out again, one batch of a topic at a time. */
function createQueue() {
  let offset = 0n;
  let waiting: LogRecord[] = [];
  return {
    async publish(records: readonly NewRecord[]): Promise<RecordPosition[]> {
      const placed = records.map((record) => ({ ...record, partition: 0, offset: (offset += 1n), appendedAt: 0 }));
      waiting.push(...placed);
      return placed;
    },
    /** Nothing is lost here, so nothing is replayed: every group is at the end. */
    lag: async (_group: string, topics: readonly string[]): Promise<PartitionLag[]> =>
      topics.map((topic) => ({ topic, partition: 0, committed: offset, end: offset })),
    aheadOfCommits: 0,
    read: async (): Promise<LogRecord[]> => [],
    take(): LogRecord[] {
      const topic = waiting[0]?.topic;
      const batch = waiting.filter((record) => record.topic === topic).slice(0, BATCH);
      const taken = new Set(batch);
      waiting = waiting.filter((record) => !taken.has(record));
      return batch;
    },
  };
}

async function handle(consumers: readonly Consumer[], batch: readonly LogRecord[]): Promise<void> {
  const topic = batch[0]?.topic ?? '';
  for (const consumer of consumers.filter(({ topics }) => topics.includes(topic))) {
    const most = consumer.maxBatch ?? BATCH;
    for (let start = 0; start < batch.length; start += most) await consumer.handle(batch.slice(start, start + most));
  }
}
