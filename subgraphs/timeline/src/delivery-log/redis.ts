import type { Id } from '@starling/domain/ids.ts';
import { createBuckets, groupForScripts } from '@starling/kit/redis/redis-buckets.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { z } from 'zod';
import type { DeliveredSlice, DeliveryLimits, DeliveryLog } from './port.ts';
import { decodePlace, encodePlace } from './slice-place.ts';

export type RedisDeliveryLogOptions = Pick<DeliveryLimits, 'deliveryKeptMs'> & {
  redis: RedisConnection;
  namespace: string;
};

const BUCKETS = 256;
const SLICES_A_CALL = 500;

/** KEYS: a hash for each slice. ARGV: life in ms; then again and again: the slice's place, what is noted of it. */
const NOTE_LUA = `
for i, key in ipairs(KEYS) do
  redis.call('HSETNX', key, ARGV[2 * i], ARGV[2 * i + 1])
  redis.call('PEXPIRE', key, ARGV[1])
end
`;

/**
 * For all processes: a hash `{<namespace>:d<bucket>}delivery:<entry>` with a field for each slice. `maxDeliveries` is not kept here:
 * Redis is bounded by its `maxmemory`, and of what expires the longest unused goes first.
 * Every call throws StarlingError UNAVAILABLE if Redis is away.
 */
export function createRedisDeliveryLog({ redis, namespace, deliveryKeptMs }: RedisDeliveryLogOptions): DeliveryLog {
  const buckets = createBuckets(`${namespace}:d`, BUCKETS);
  const keyOf = (entryId: Id): string => `${buckets.of(entryId)}delivery:${entryId}`;
  const scripts = { note: redis.defineScript(NOTE_LUA) };
  return {
    async note(slices) {
      const calls = groupForScripts(slices, {
        bucketOf: ({ entryId }) => buckets.of(entryId),
        isCluster: redis.isCluster,
        max: SLICES_A_CALL,
      });
      const send = ({ items }: { items: readonly DeliveredSlice[] }): Promise<unknown> =>
        scripts.note(
          items.map(({ entryId }) => keyOf(entryId)),
          [deliveryKeptMs, ...items.flatMap((slice) => [encodePlace(slice), encode(slice)])],
        );
      await Promise.all(calls.map(send));
    },
    async read(entryIds) {
      const readOne = async (entryId: Id): Promise<[Id, DeliveredSlice[]]> => {
        const key = keyOf(entryId);
        const fields = await redis.run(key, (client) => client.hgetall(key));
        return [entryId, Object.entries(fields).map(([place, text]) => decode(entryId, place, text))];
      };
      const all = await Promise.all(entryIds.map(readOne));
      return new Map(all.filter(([, slices]) => slices.length > 0));
    },
  };
}

/** Short, for there is one for nearly every tweet. That it is the last is said for readers of the release before. */
const noted = z.tuple([z.union([z.literal(0), z.literal(1)]), z.array(z.tuple([z.number(), z.number(), z.number()]))]);

function encode({ lastId, parts }: DeliveredSlice): string {
  const told: z.infer<typeof noted> = [
    lastId === null ? 1 : 0,
    parts.map(({ atMs, pushed, pulled }): [number, number, number] => [atMs, pushed, pulled]),
  ];
  return JSON.stringify(told);
}

function decode(entryId: Id, place: string, text: string): DeliveredSlice {
  const [isLast, parts] = noted.parse(JSON.parse(text));
  return {
    entryId,
    ...decodePlace(place, isLast === 1),
    parts: parts.map(([atMs, pushed, pulled]) => ({ atMs, pushed, pulled })),
  };
}
