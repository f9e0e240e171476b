import type { Id } from '@starling/domain/ids.ts';
import { createBuckets, type Bucket } from '@starling/kit/redis/redis-buckets.ts';
import { SlotElsewhere } from '@starling/kit/redis/redis-errors.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { listKey, planPushes, type Placing, type PushPart } from './plan-pushes.ts';
import type { Delivery, FinishedBuild, TimelineLimits, TimelineSlice, TimelineStore } from './port.ts';
import { createReachedPositions, type ReachedPositions } from './reached-positions.ts';
import type { TimelineRecovery } from './recovery-port.ts';
import { createDropAll } from './redis-drop.ts';
import { BEGIN_LUA, FINISH_LUA, PUSH_LUA, TOUCH_LUA } from './redis-lua.ts';
import { createRedisRecovery, stateKey } from './redis-recovery.ts';

export type RedisTimelineStore = TimelineStore & {
  recovery: TimelineRecovery;
  /** Drops all lists if they have been filled in another way until now: they lack what this one would have pushed meanwhile. */
  fillBy(way: string): Promise<void>;
  /** What was posted before this moment (epoch milliseconds) ought to be in the lists, as whoever pushes sees it. */
  tellDelivered(untilMs: number): Promise<void>;
  /** What was told last; null if that is long ago. */
  toldDelivered(): Promise<number | null>;
};

export type RedisTimelineOptions = TimelineLimits & { redis: RedisConnection; namespace: string };

/**
 * Lists live in `{<namespace>:t<bucket>}home:<viewer>`. The number of buckets is fixed: with another one lists are not found
 * again, which costs the time to build them.
 */
const BUCKETS = 256;
const FINISHED = '-';
/** Of lists and of what stands beside them (redis-trim-lua.ts). Lists in another one are dropped. */
const FORMAT = 2;
const TOLD_FOR_MS = 60_000;

/**
 * Timelines in Redis, for all processes. `maxTimelines` is not kept here: lists expire when nobody reads them, and beyond
 * that Redis is bounded by its `maxmemory`; let its policy be `volatile-lru`, so that the longest unread go first,
 * and `list-max-listpack-size` -3, so that a list at its longest is one node.
 *
 * What comes back after a restart, or on a replica that took over, may lack pushes that were acknowledged. So a list counts only in the
 * tenure (redis-tenure.ts) in which it was begun, and in later ones once what its bucket may lack has been replayed: see
 * recovery-port.ts. Otherwise it is missing, and is built anew. A single server comes back as a whole, and so is one bucket in this.
 * Every call throws StarlingError UNAVAILABLE if Redis is away.
 */
export function createRedisTimelineStore(options: RedisTimelineOptions): RedisTimelineStore {
  const { redis, namespace, kept, trimAbove, expiryMs } = options;
  const buckets = createBuckets(`${namespace}:t`, BUCKETS);
  const whole = `{${namespace}:t}`;
  const partOf = (bucket: Bucket) => (redis.isCluster ? bucket : whole);
  const keysOf = (viewerId: Id): [state: string, list: string] => {
    const bucket = buckets.of(viewerId);
    return [stateKey(partOf(bucket)), listKey(bucket, viewerId)];
  };
  const reached = createReachedPositions();
  const serverOf = (part: string) => redis.serverOf(stateKey(part));
  const push = createPush(options, { bucketOf: buckets.of, partOf, serverOf, reached });
  const scripts = {
    begin: redis.defineScript(BEGIN_LUA),
    finish: redis.defineScript(FINISH_LUA),
    touch: redis.defineScript(TOUCH_LUA),
  };
  const pushTo = (deliveries: readonly Delivery[], isWanted: (part: string) => boolean) =>
    push(deliveries, (bucket) => (isWanted(partOf(bucket)) ? partOf(bucket) : null));
  const parts = redis.isCluster ? buckets.all : [whole];
  const pattern = `{${escapePattern(namespace)}:t*}home:*`;
  const dropAll = createDropAll({ redis, states: parts.map(stateKey), pattern, keysOf });
  return {
    push: (deliveries) => push(deliveries),
    async read(viewerId, { renews = true, ...slice }) {
      const [state, key] = keysOf(viewerId);
      // In this order: what is believed before the list is read, in the tenure that there still is after it, has nothing missing.
      const believing = redis.run(state, (client) => client.hmget(state, 'tenure', 'epoch', 'generation'));
      const reading = redis.run(key, (client) => client.lrange(key, 0, -1));
      const [[believedIn, epoch, generation], list, tenure] = await Promise.all([
        believing,
        reading,
        scripts.touch([key], [renews ? expiryMs : 0]),
      ]);
      const believed = { tenure: String(tenure), epoch: believedIn === String(tenure) ? epoch : null };
      return sliceOf(list, { ...believed, generation: generation ?? '' }, slice);
    },
    async begin(viewerId, { token, followsRevision, renews = true }) {
      await scripts.begin(keysOf(viewerId), [String(followsRevision), token, expiryMs, renews ? 0 : 1]);
    },
    async finish(viewerId, { token, ids, completeFrom }: FinishedBuild) {
      return (await scripts.finish(keysOf(viewerId), [token, completeFrom, trimAbove, kept, ...ids])) === 1;
    },
    reached: (position) => reached.note(position),
    ...createMarks({ redis, whole, dropAll }),
    recovery: createRedisRecovery({ redis, parts, whole, reached, pushTo }),
    async drop(viewerIds) {
      await Promise.all(viewerIds.map(keysOf).map(([, key]) => redis.run(key, (client) => client.unlink(key))));
    },
    dropAll,
    ping: () => redis.ping(),
    close: async () => {},
  };
}

type MarksDeps = { redis: RedisConnection; whole: string; dropAll(): Promise<unknown> };

/** What is there once beside the lists. */
function createMarks({
  redis,
  whole,
  dropAll,
}: MarksDeps): Pick<RedisTimelineStore, 'fillBy' | 'tellDelivered' | 'toldDelivered'> {
  const delivered = `${whole}delivered`;
  return {
    async fillBy(way) {
      const key = `${whole}filled-by`;
      const filling = `${way}, format ${FORMAT}`;
      if ((await redis.run(key, (client) => client.get(key))) === filling) return;
      await dropAll();
      await redis.run(key, (client) => client.set(key, filling));
    },
    async tellDelivered(untilMs) {
      await redis.run(delivered, (client) => client.set(delivered, untilMs, 'PX', TOLD_FOR_MS));
    },
    async toldDelivered() {
      const told = await redis.run(delivered, (client) => client.get(delivered));
      return told === null ? null : Number(told);
    },
  };
}

/** To every follower, or to those in some parts only. */
function createPush(
  { redis, trimAbove, kept }: RedisTimelineOptions,
  { partOf, reached, ...placing }: Placing & { reached: ReachedPositions },
) {
  const script = redis.defineScript(PUSH_LUA);
  async function send(parts: readonly PushPart[]): Promise<number[]> {
    const due = parts.map(({ part }) => reached.due(part));
    const args = parts.flatMap(({ part, highest, deliveries, args }, index) => [
      ...[stateKey(part), highest, ...(due[index]?.args ?? [0])],
      ...[deliveries.length, ...args],
    ]);
    const [first, ...others] = parts.map(({ part, lists }) => ({ state: stateKey(part), lists }));
    // A part on its way to another server is refused as long as its keys are told.
    const told = redis.isCluster ? (first?.lists ?? []) : [];
    const options = { straight: others.length > 0 };
    const took = await script([first?.state ?? '', ...told], [trimAbove, kept, ...args], options);
    for (const each of due) each?.told();
    return took as number[];
  }
  /** Where a slot has moved or is about to, each part finds its server by itself. */
  async function sendAnywhere(parts: readonly PushPart[]): Promise<number[]> {
    try {
      return await send(parts);
    } catch (error) {
      if (!(error instanceof SlotElsewhere)) throw error;
      return (await Promise.all(parts.map((part) => send([part])))).flat();
    }
  }
  return async (deliveries: readonly Delivery[], wantedPartOf: Placing['partOf'] = partOf): Promise<number[]> => {
    const counts = deliveries.map(() => 0);
    const push = async (parts: readonly PushPart[]): Promise<void> => {
      const took = await sendAnywhere(parts);
      for (const [index, { of, isFirst }] of parts.flatMap((part) => part.deliveries).entries())
        if (isFirst) counts[of] = (counts[of] ?? 0) + (took[index] ?? 0);
    };
    await Promise.all(planPushes(deliveries, { ...placing, partOf: wantedPartOf }).map(({ parts }) => push(parts)));
    return counts;
  };
}

/** In which tenure it is, in which epoch the lists of earlier ones count (null for none), and of which generation all must be. */
type Believed = { tenure: string; epoch: string | null | undefined; generation: string };

/** Order and uniqueness of ids are established here. Null for a list that is missing, unfinished or not to be believed. */
function sliceOf(
  [header, ...ids]: string[],
  { tenure, epoch, generation }: Believed,
  { beforeId, limit }: { beforeId: Id; limit: number },
): TimelineSlice | null {
  if (header === undefined) return null;
  const [completeFrom = '', followsRevision = '0', begunIn, begun = '', token] = header.split('|');
  const [epochThen, generationThen = ''] = begun.split('.');
  // An epoch begins in the middle of the tenure that it is named after: lists of that tenure are all as good.
  const isBelieved = begunIn === tenure || (epoch && (epochThen === epoch || begunIn === epoch));
  if (!isBelieved || generationThen !== generation || token !== FINISHED) return null;
  const within = ids.filter((id) => id >= completeFrom && id < beforeId);
  const newestFirst = [...new Set(within)].sort().reverse();
  return { header: { completeFrom, followsRevision: BigInt(followsRevision) }, ids: newestFirst.slice(0, limit) };
}

function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&');
}
