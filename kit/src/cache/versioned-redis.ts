import { deserialize, serialize } from 'node:v8';
import { createBuckets, groupForScripts, type Bucket } from '../redis/redis-buckets.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { VersionedCache } from './port.ts';
import { newToken } from './redis-entries.ts';
import { END_GENERATIONS_LUA } from './redis-generation.ts';
import { GET_LUA, INVALIDATE_LUA, PUT_LUA } from './versioned-redis-lua.ts';

export type VersionedRedisOptions = {
  redis: RedisConnection;
  namespace: string;
  /** Caches of one name share their images. */
  name: string;
  /** How long an image is kept, at most. Default one hour. */
  imageMs?: number;
  /** How long an invalidation is remembered. Default five minutes. */
  invalidationMs?: number;
};

/** On Redis Cluster; a single server needs but one. */
const BUCKETS = 64;
const KEYS_A_CALL = 500;
/** A reader that takes longer than this from `getMany` to `putIfNewer` puts nothing. */
const SLOWEST_READ_MS = 30_000;

/**
 * A versioned cache in Redis, for all processes. Images and invalidations of a key lie in one hash, with a ticket that
 * `getMany` gives to whoever misses an image and that `putIfNewer` must show. An invalidation takes the ticket away, and so
 * does everything by which Redis can forget one: eviction, expiry, FLUSHALL, a restart from an old snapshot, a replica that
 * takes over (see GENERATION_LUA). Hence what a slow reader brings is refused whatever happened meanwhile, without any
 * assumption on clocks or on how long a process was stopped; an invalidation itself refuses only what is read while the
 * change it announces is not yet committed. Memory is bounded by TTL and by `maxmemory` and its policy.
 *
 * Every call throws StarlingError UNAVAILABLE if Redis is away. Nothing is put off: who cannot invalidate must not change.
 */
export function createVersionedRedisCache<Value>(options: VersionedRedisOptions): VersionedCache<Value> {
  const { redis, namespace, name, imageMs = 3_600_000, invalidationMs = 300_000 } = options;
  const scripts = {
    get: redis.defineScript(GET_LUA),
    put: redis.defineScript(PUT_LUA),
    invalidate: redis.defineScript(INVALIDATE_LUA),
    end: redis.defineScript(END_GENERATIONS_LUA),
  };
  const buckets = createBuckets(`${namespace}:v:${name}:`, redis.isCluster ? BUCKETS : 1);
  const generationOf = (bucket: Bucket) => `${bucket}:generation`;
  const group = (keys: Iterable<string>) =>
    groupForScripts(keys, { bucketOf: buckets.of, isCluster: true, max: KEYS_A_CALL }).map(({ bucket, items }) => ({
      items,
      names: [generationOf(bucket), ...items.map((key) => `${bucket}:image:${key}`)],
    }));

  return {
    async getMany(keys) {
      const images = new Map<string, { revision: bigint; value: Value }>();
      const tickets = new Map<string, string>();
      const fresh = newToken();
      const ask = async ({ items, names }: { items: string[]; names: string[] }) => {
        const answers = (await scripts.get(names, [fresh, SLOWEST_READ_MS])) as (Buffer | [Buffer, Buffer])[];
        for (const [place, key] of items.entries()) {
          const answer = answers[place];
          if (Array.isArray(answer)) images.set(key, imageOf(answer) as { revision: bigint; value: Value });
          else if (answer !== undefined) tickets.set(key, answer.toString());
        }
      };
      await Promise.all(group(new Set(keys)).map(ask));
      return { images, tickets };
    },

    async putIfNewer(key, revision, value, tickets) {
      const ticket = tickets.get(key);
      if (ticket === undefined) return;
      const [{ names } = { names: [] }] = group([key]);
      await scripts.put(names, [ticket, String(revision), serialize(value), imageMs]);
    },

    async invalidate(revisions) {
      const send = ({ items, names }: { items: string[]; names: string[] }) =>
        scripts.invalidate(names, [
          newToken(),
          invalidationMs,
          ...items.map((key) => String(revisions.get(key) ?? 0n)),
        ]);
      await Promise.all(group(revisions.keys()).map(send));
    },

    async clear() {
      await Promise.all(buckets.all.map((bucket) => scripts.end([generationOf(bucket)], [0])));
    },
  };
}

function imageOf([revision, value]: [Buffer, Buffer]): { revision: bigint; value: unknown } {
  return { revision: BigInt(revision.toString()), value: deserialize(value) };
}
