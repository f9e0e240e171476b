import { AFTER_EVERY_ID } from '@starling/domain/ids.ts';
import { createBuckets } from '@starling/kit/redis/redis-buckets.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { EVERYTHING } from '@starling/timeline/timeline-store/port.ts';
import { stateKey } from '@starling/timeline/timeline-store/redis-recovery.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Cluster, Redis } from 'ioredis';
import { redisKinds } from '../support/redis.ts';
import { findServers } from '../support/servers.ts';
import { id, user } from './timeline-store-adapters.ts';

const LIMITS = { kept: 30, trimAbove: 40, maxTimelines: 1_000, expiryMs: 100_000 };
const FOLLOWERS = Array.from({ length: 300 }, (_, number) => user(number));

const servers = await findServers('redis', 'redis-cluster');

for (const { name, isMissing, open } of await redisKinds())
  describe.skipIf(isMissing)(`pushes to many buckets: ${name}`, () => {
    async function setUp(change: (connection: RedisConnection) => Partial<RedisConnection> = () => ({})) {
      const redis = await open();
      const connection = { ...redis.connection, ...change(redis.connection) };
      const namespace = redis.newNamespace();
      const store = createRedisTimelineStore({ ...LIMITS, redis: connection, namespace });
      onTestFinished(() => redis.close());
      for (const viewerId of FOLLOWERS) {
        await store.begin(viewerId, { token: 't', followsRevision: 1n });
        await store.finish(viewerId, { token: 't', ids: [], completeFrom: EVERYTHING });
      }
      const heldBy = async (viewerId: string) =>
        (await store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 100 }))?.ids;
      return { connection, namespace, store, held: () => Promise.all(FOLLOWERS.map(heldBy)) };
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

    if (name === 'Redis Cluster')
      test('are refused by a bucket on its way to another server, and not lost', async () => {
        const { connection, namespace, store, held } = await setUp();
        const delivery = { followerIds: FOLLOWERS, entryIds: [id(1)] };
        await store.push([delivery]);
        // Beside the lists of its bucket, which stay behind.
        const state = stateKey(createBuckets(`${namespace}:t`, 256).of(FOLLOWERS[0] ?? ''));
        const comeBack = await moveAway(connection, state, servers?.redisCluster.password ?? '');
        try {
          await expect(store.push([{ ...delivery, entryIds: [id(2)] }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        } finally {
          await comeBack();
        }
        await expect.poll(() => store.push([{ ...delivery, entryIds: [id(2)] }]).catch(() => [])).toEqual([300]);
        expect(await held()).toEqual(FOLLOWERS.map(() => [id(2), id(1)]));
      });
  });

/** As if a slot were being moved, with one key already there; moves it back. */
async function moveAway(connection: RedisConnection, key: string, password: string): Promise<() => Promise<void>> {
  const addressOf = ({ options }: Redis) => [options.host ?? '', options.port ?? 0] as const;
  const isHolder = (node: Redis) => addressOf(node).join(':') === connection.serverOf(key);
  const masters = connection.masters();
  const [source, target] = [masters.find(isHolder), masters.find((node) => !isHolder(node))];
  if (!source || !target) throw new Error('The cluster has no two masters');
  const slot = Number(await (connection.client as Cluster).call('CLUSTER', 'KEYSLOT', key));
  const migrate = (from: Redis, to: Redis) => from.call('MIGRATE', ...addressOf(to), key, 0, 5_000, 'AUTH', password);
  const nameOf = async (node: Redis) => String(await node.call('CLUSTER', 'MYID'));
  await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await nameOf(source));
  await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await nameOf(target));
  await migrate(source, target);
  return async () => {
    await source.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
    await migrate(target, source);
    await target.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
  };
}
