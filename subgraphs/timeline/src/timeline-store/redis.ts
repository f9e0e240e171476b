import type { Id } from '@starling/domain/ids.ts';
import { createBuckets, type Bucket } from '@starling/kit/redis/redis-buckets.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import type { Delivery, FinishedBuild, TimelineLimits, TimelineSlice, TimelineStore } from './port.ts';
import { BEGIN_LUA, FINISH_LUA, PUSH_LUA, TOUCH_LUA } from './redis-lua.ts';

export type RedisTimelineOptions = TimelineLimits & { redis: RedisConnection; namespace: string };

/**
 * Lists live in `{<namespace>:t<bucket>}home:<viewer>`. The number of buckets is fixed: with another one lists are not found
 * again, which costs the time to build them.
 */
const BUCKETS = 256;
/** One script call pushes about so many entries: some milliseconds of Redis. */
const PUSHES_A_CALL = 2_000;
const IDS_A_DELIVERY = 1_000;
const FINISHED = '-';

/**
 * Timelines in Redis, for all processes. `maxTimelines` is not kept here: lists expire when nobody reads them, and beyond
 * that Redis is bounded by its `maxmemory`; let its policy be `volatile-lru`, so that the longest unread go first,
 * and `list-max-listpack-size` -3, so that a list at its longest is one node.
 *
 * A list counts only in the process of Redis in which it was begun: one that came back from a snapshot, or on a replica that
 * took over, may lack pushes that were acknowledged. It is missing then, and is built anew.
 * Every call throws StarlingError UNAVAILABLE if Redis is away.
 */
export function createRedisTimelineStore(options: RedisTimelineOptions): TimelineStore {
  const { redis, namespace, kept, trimAbove, expiryMs } = options;
  const buckets = createBuckets(`${namespace}:t`, BUCKETS);
  const keyOf = (viewerId: Id) => keyIn(buckets.of(viewerId), viewerId);
  const scripts = {
    push: redis.defineScript(PUSH_LUA),
    begin: redis.defineScript(BEGIN_LUA),
    finish: redis.defineScript(FINISH_LUA),
    touch: redis.defineScript(TOUCH_LUA),
  };
  return {
    async push(deliveries) {
      const calls = planPushes(deliveries, { bucketOf: buckets.of, isCluster: redis.isCluster });
      const counts = deliveries.map(() => 0);
      const push = async ({ keys, args, parts }: Call): Promise<void> => {
        const took = (await scripts.push(keys, [trimAbove, kept, ...args])) as number[];
        for (const [index, { of, isFirst }] of parts.entries())
          if (isFirst) counts[of] = (counts[of] ?? 0) + (took[index] ?? 0);
      };
      await Promise.all(calls.map(push));
      return counts;
    },
    async read(viewerId, slice) {
      const key = keyOf(viewerId);
      // In this order: if the connection breaks between the two, no list is taken for one of another process.
      const reading = redis.run(key, (client) => client.lrange(key, 0, -1));
      const [list, run] = await Promise.all([reading, scripts.touch([key], [expiryMs])]);
      return sliceOf(list, String(run), slice);
    },
    async begin(viewerId, { token, followsRevision }) {
      await scripts.begin([keyOf(viewerId)], [String(followsRevision), token, expiryMs]);
    },
    async finish(viewerId, { token, ids, completeFrom }: FinishedBuild) {
      return (await scripts.finish([keyOf(viewerId)], [token, completeFrom, trimAbove, kept, ...ids])) === 1;
    },
    async drop(viewerIds) {
      await Promise.all(viewerIds.map(keyOf).map((key) => redis.run(key, (client) => client.unlink(key))));
    },
    dropAll: () => dropMatching(redis, `{${escapePattern(namespace)}:t*}home:*`),
    ping: () => redis.ping(),
    close: async () => {},
  };
}

function keyIn(bucket: Bucket, viewerId: Id): string {
  return `${bucket}home:${viewerId}`;
}

type Call = { bucket: Bucket; keys: string[]; args: (string | number)[]; weight: number; parts: Part[] };

/** Of a delivery, by its place among all: what one script call can take of its entries. */
type Part = Delivery & { of: number; isFirst: boolean };

/** As few calls as there may be: each holds lists of one bucket on Redis Cluster, and of any on a single server. */
function planPushes(
  deliveries: readonly Delivery[],
  { bucketOf, isCluster }: { bucketOf(id: Id): Bucket; isCluster: boolean },
): Call[] {
  const calls: Call[] = [];
  const open = new Map<Bucket, Call & { countAt: number }>();
  for (const part of deliveries.flatMap(splitEntries)) {
    for (const followerId of part.followerIds) {
      const bucket = bucketOf(followerId);
      const place = isCluster ? bucket : '';
      let call = open.get(place);
      if (call === undefined || call.weight >= PUSHES_A_CALL) {
        call = { bucket, keys: [], args: [], weight: 0, parts: [], countAt: 0 };
        open.set(place, call);
        calls.push(call);
      }
      if (call.parts.at(-1) !== part) {
        call.parts.push(part);
        call.countAt = call.args.length;
        call.args.push(0, part.entryIds.length, ...part.entryIds);
      }
      call.keys.push(keyIn(bucket, followerId));
      call.args[call.countAt] = Number(call.args[call.countAt]) + 1;
      call.weight += part.entryIds.length;
    }
  }
  return calls;
}

function splitEntries({ followerIds, entryIds }: Delivery, of: number): Part[] {
  const parts: Part[] = [];
  for (let start = 0; start < entryIds.length; start += IDS_A_DELIVERY)
    parts.push({ followerIds, entryIds: entryIds.slice(start, start + IDS_A_DELIVERY), of, isFirst: start === 0 });
  return parts;
}

/** Order and uniqueness of ids are established here. Null for a list that is missing, unfinished or of another process. */
function sliceOf(
  [header, ...ids]: string[],
  run: string,
  { beforeId, limit }: { beforeId: Id; limit: number },
): TimelineSlice | null {
  if (header === undefined) return null;
  const [completeFrom = '', followsRevision = '0', begunIn, token] = header.split('|');
  if (begunIn !== run || token !== FINISHED) return null;
  const within = ids.filter((id) => id >= completeFrom && id < beforeId);
  const newestFirst = [...new Set(within)].sort().reverse();
  return { header: { completeFrom, followsRevision: BigInt(followsRevision) }, ids: newestFirst.slice(0, limit) };
}

async function dropMatching(redis: RedisConnection, pattern: string): Promise<void> {
  const keysAtATime = 1_000;
  for (const node of redis.masters()) {
    for await (const keys of node.scanStream({ match: pattern, count: keysAtATime }) as AsyncIterable<string[]>) {
      // Their slots differ, so each is a command of its own.
      await Promise.all(keys.map((key) => redis.run(key, (client) => client.unlink(key))));
    }
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&');
}
