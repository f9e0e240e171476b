import type { Cache, VersionedCache } from '@starling/kit/cache/port.ts';
import { createRedisCache } from '@starling/kit/cache/redis.ts';
import { createVersionedRedisCache } from '@starling/kit/cache/versioned-redis.ts';
import type { Message } from '@starling/kit/pubsub/port.ts';
import { createRedisPubSub } from '@starling/kit/pubsub/redis.ts';
import type { RateLimiter } from '@starling/kit/rate-limit/port.ts';
import { createRedisRateLimiter } from '@starling/kit/rate-limit/redis.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import type { TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { SILENT } from '../../support/redis.ts';

/** Everything that a process of ours has in Redis, on a connection of its own. */
export type RedisProcess = {
  connection: RedisConnection;
  cache: Cache;
  images: VersionedCache<string>;
  pubsub: ReturnType<typeof createRedisPubSub>;
  limiter: RateLimiter;
  timelines: TimelineStore;
  close(): Promise<void>;
};

export async function openRedisProcess(
  namespace: string,
  connect: () => Promise<RedisConnection>,
): Promise<RedisProcess> {
  const connection = await connect();
  const on = { redis: connection, namespace, logger: SILENT };
  const pubsub = createRedisPubSub(on);
  return {
    connection,
    cache: createRedisCache(on),
    images: createVersionedRedisCache<string>({ ...on, name: 'images' }),
    pubsub,
    limiter: createRedisRateLimiter({ ...on, name: 'logins', attempts: 3, windowMs: 60_000 }),
    timelines: createRedisTimelineStore({ ...on, kept: 10, trimAbove: 20, maxTimelines: 100, expiryMs: 600_000 }),
    async close() {
      await pubsub.close();
      await connection.close();
    },
  };
}

/** Longer than anything here lasts. */
export const TTL = { ttlMs: 600_000 };

/** How it ended and after how many milliseconds. */
export async function outcomeOf<Value>(
  promise: Promise<Value>,
): Promise<{ value?: Value; code?: unknown; tookMs: number }> {
  const began = performance.now();
  try {
    return { value: await promise, tookMs: performance.now() - began };
  } catch (error) {
    return { code: (error as { code?: unknown }).code, tookMs: performance.now() - began };
  }
}

/** Gathers what a listener hears. */
export function hear(messages: AsyncIterable<Message>): Message[] {
  const heard: Message[] = [];
  void (async () => {
    for await (const message of messages) heard.push(message);
  })();
  return heard;
}

/** A viewer's finished list of these ids, as of now. */
export async function buildTimeline(timelines: TimelineStore, viewerId: string, ids: readonly string[]): Promise<void> {
  await timelines.begin(viewerId, { token: 'token', followsRevision: 1n });
  const completeFrom = '0'.repeat(19);
  const applied = await timelines.finish(viewerId, { token: 'token', ids, completeFrom });
  if (!applied) throw new Error('The build did not apply');
}

export function readTimeline(timelines: TimelineStore, viewerId: string): Promise<string[] | null> {
  return timelines
    .read(viewerId, { beforeId: '9'.repeat(19), limit: 100 })
    .then((slice) => (slice === null ? null : slice.ids));
}

export function idOf(number: number): string {
  return String(1_000_000_000_000_000_000n + BigInt(number));
}
