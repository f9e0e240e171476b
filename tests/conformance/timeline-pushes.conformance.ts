import { AFTER_EVERY_ID } from '@starling/domain/ids.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { EVERYTHING } from '@starling/timeline/timeline-store/port.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findRedis } from '../support/redis.ts';
import { id, user } from './timeline-store-adapters.ts';

const LIMITS = { kept: 30, trimAbove: 40, maxTimelines: 1_000, expiryMs: 100_000 };
const FOLLOWERS = Array.from({ length: 300 }, (_, number) => user(number));

describe.each(await findRedis())('pushes to many buckets: $name', ({ open }) => {
  async function setUp(change: (connection: RedisConnection) => Partial<RedisConnection>) {
    const redis = await open();
    const connection = { ...redis.connection, ...change(redis.connection) };
    const store = createRedisTimelineStore({ ...LIMITS, redis: connection, namespace: redis.newNamespace() });
    onTestFinished(() => redis.close());
    for (const viewerId of FOLLOWERS) {
      await store.begin(viewerId, { token: 't', followsRevision: 1n });
      await store.finish(viewerId, { token: 't', ids: [], completeFrom: EVERYTHING });
    }
    const heldBy = async (viewerId: string) =>
      (await store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 100 }))?.ids;
    return { store, held: () => Promise.all(FOLLOWERS.map(heldBy)) };
  }

  /** Counts calls, of any script. */
  function counting() {
    const calls = { count: 0 };
    const change = ({ defineScript }: RedisConnection): Partial<RedisConnection> => ({
      defineScript(lua) {
        const run = defineScript(lua);
        return (...call) => {
          calls.count += 1;
          return run(...call);
        };
      },
    });
    return { calls, change };
  }

  test('take one call to each server, however many buckets lie there', async () => {
    const { calls, change } = counting();
    const { store, held } = await setUp(change);
    calls.count = 0;
    expect(await store.push([{ followerIds: FOLLOWERS, entryIds: [id(1)] }])).toEqual([FOLLOWERS.length]);
    expect(calls.count).toBeLessThanOrEqual(3);
    expect(await held()).toEqual(FOLLOWERS.map(() => [id(1)]));
  });

  test('arrive also where slots are elsewhere than this process knows', async () => {
    const { store, held } = await setUp(() => ({ serverOf: () => 'one for all' }));
    const deliveries = [
      { followerIds: FOLLOWERS, entryIds: [id(1)] },
      { followerIds: [...FOLLOWERS.slice(0, 100), user(5_000)], entryIds: [id(2), id(3)] },
    ];
    expect(await store.push(deliveries)).toEqual([FOLLOWERS.length, 100]);
    const expected = (index: number) => (index < 100 ? [id(3), id(2), id(1)] : [id(1)]);
    expect(await held()).toEqual(FOLLOWERS.map((_, index) => expected(index)));
  });
});
