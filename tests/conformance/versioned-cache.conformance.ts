import type { ReadTickets, VersionedCache } from '@starling/kit/cache/port.ts';
import { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import { createVersionedRedisCache } from '@starling/kit/cache/versioned-redis.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRedis } from '../support/redis.ts';

type Image = { revision: bigint; value: unknown };
/** A cache as readers use it, each of whom reads the store after the cache and then puts. */
type Subject = {
  cache: VersionedCache<unknown>;
  /** The same in another process. */
  other: VersionedCache<unknown>;
  advance(ms: number): Promise<void>;
};
/** `max` bounds images and invalidations alike in this process, so that tests can push out either; servers bound themselves. */
type Adapter = { name: string; open(): Promise<{ subject(max?: number): Promise<Subject>; close(): Promise<void> }> };

/** The embedded cache's bound on readers; that of Redis is below it in `advance`. */
const SLOWEST_READ_MS = 100;

const ADAPTERS: Adapter[] = [
  {
    name: 'embedded',
    open: async () => ({
      async subject(max = 100) {
        let now = 1_000;
        const options = { max, maxInvalidations: max, slowestReadMs: SLOWEST_READ_MS, now: () => now };
        const cache = createVersionedEmbeddedCache<unknown>(options);
        return { cache, other: cache, advance: async (ms) => void (now += ms) };
      },
      close: async () => {},
    }),
  },
  ...(await findRedis()).map(({ name, open }) => ({
    name,
    async open() {
      const redis = await open();
      const subject = async (): Promise<Subject> => {
        const namespace = redis.newNamespace();
        const options = { redis: redis.connection, namespace, name: 'images' };
        return {
          cache: createVersionedRedisCache(options),
          other: createVersionedRedisCache(options),
          advance: (ms) => redis.advance(namespace, ms),
        };
      };
      return { subject, close: redis.close };
    },
  })),
];

describe.each(ADAPTERS)('versioned cache: $name', (adapter) => {
  let opened: Awaited<ReturnType<typeof adapter.open>>;
  beforeAll(async () => void (opened = await adapter.open()));
  afterAll(() => opened.close());

  const open = (max?: number) => opened.subject(max);
  const get = async (cache: VersionedCache<unknown>, key: string): Promise<Image | undefined> =>
    (await cache.getMany([key])).images.get(key);
  const invalidate = (cache: VersionedCache<unknown>, key: string, revision: bigint) =>
    cache.invalidate(new Map([[key, revision]]));
  /** What a reader does that is not slow. */
  const fill = async (cache: VersionedCache<unknown>, key: string, revision: bigint, value: unknown) =>
    cache.putIfNewer(key, revision, value, (await cache.getMany([key])).tickets);

  test('serves what was put, and says nothing of what was not', async () => {
    const { cache } = await open();
    await fill(cache, 'a', 3n, 'three');
    expect((await cache.getMany(['a', 'b'])).images).toEqual(new Map([['a', { revision: 3n, value: 'three' }]]));
  });

  test('an older or equal image does not replace a newer one', async () => {
    const { cache } = await open();
    const { tickets } = await cache.getMany(['a']);
    await cache.putIfNewer('a', 3n, 'three', tickets);
    await cache.putIfNewer('a', 2n, 'two', tickets);
    await cache.putIfNewer('a', 3n, 'other', tickets);
    expect((await get(cache, 'a'))?.value).toBe('three');
    await cache.putIfNewer('a', 10n, 'ten', tickets);
    expect((await get(cache, 'a'))?.value).toBe('ten');
    await cache.putIfNewer('a', 2n ** 62n, 'large', tickets);
    expect(await get(cache, 'a')).toEqual({ revision: 2n ** 62n, value: 'large' });
  });

  test('an invalidated image is gone, and an older one does not come back', async () => {
    const { cache } = await open();
    await fill(cache, 'a', 3n, 'three');
    await invalidate(cache, 'a', 4n);
    expect(await get(cache, 'a')).toBeUndefined();
    await fill(cache, 'a', 3n, 'three');
    expect(await get(cache, 'a')).toBeUndefined();
    await fill(cache, 'a', 4n, 'four');
    expect((await get(cache, 'a'))?.value).toBe('four');
  });

  test('an invalidation that comes late leaves the newer image', async () => {
    const { cache } = await open();
    await fill(cache, 'a', 5n, 'five');
    await invalidate(cache, 'a', 5n);
    await invalidate(cache, 'a', 2n);
    expect((await get(cache, 'a'))?.value).toBe('five');
  });

  test('a lower invalidation does not weaken a higher one', async () => {
    const { cache } = await open();
    await invalidate(cache, 'a', 9n);
    await invalidate(cache, 'a', 4n);
    await fill(cache, 'a', 6n, 'six');
    expect(await get(cache, 'a')).toBeUndefined();
  });

  test('clear empties it, and lets no reader on its way undo an invalidation', async () => {
    const { cache } = await open();
    await fill(cache, 'a', 3n, 'three');
    const { tickets } = await cache.getMany(['b']);
    await invalidate(cache, 'b', 3n);
    await cache.clear();
    expect(await get(cache, 'a')).toBeUndefined();
    await cache.putIfNewer('b', 2n, 'two', tickets);
    expect(await get(cache, 'b')).toBeUndefined();
  });

  test('images do not push invalidations out', async () => {
    const { cache } = await open(3);
    await invalidate(cache, 'a', 3n);
    for (let key = 0; key < 20; key += 1) await fill(cache, `k${key}`, 1n, 'any');
    await fill(cache, 'a', 2n, 'two');
    expect(await get(cache, 'a')).toBeUndefined();
  });

  test('an invalidation that was pushed out by others still guards against slow readers', async () => {
    const { cache, advance } = await open(3);
    await invalidate(cache, 'a', 3n);
    await advance(SLOWEST_READ_MS / 2);
    for (let key = 0; key < 20; key += 1) await invalidate(cache, `k${key}`, 1n);
    await fill(cache, 'a', 2n, 'two');
    expect(await get(cache, 'a')).toBeUndefined();
    await advance(SLOWEST_READ_MS + 1);
    await fill(cache, 'a', 3n, 'three');
    expect((await get(cache, 'a'))?.value).toBe('three');
  });

  test.each([{ deep: [1n, new Date(5)] }, new Map([['a', new Set([1])]]), null])('keeps %o as it is', async (value) => {
    const { cache, other } = await open();
    await fill(cache, 'a', 1n, value);
    expect(await get(other, 'a')).toEqual({ revision: 1n, value });
  });

  test('a reader who began before an invalidation puts nothing older, in whatever process', async () => {
    const { cache, other } = await open();
    const { tickets } = await cache.getMany(['a']);
    await invalidate(other, 'a', 4n);
    await cache.putIfNewer('a', 3n, 'three', tickets);
    expect(await get(other, 'a')).toBeUndefined();
    await fill(cache, 'a', 4n, 'four');
    expect((await get(other, 'a'))?.value).toBe('four');
  });

  test('what is announced before it is committed is not filled in from before', async () => {
    const { cache, other } = await open();
    await fill(cache, 'a', 3n, 'three');
    await invalidate(other, 'a', 4n);
    await fill(cache, 'a', 3n, 'three');
    expect(await get(cache, 'a')).toBeUndefined();
    await invalidate(other, 'a', 4n);
    await fill(cache, 'a', 4n, 'four');
    await invalidate(other, 'a', 4n);
    expect((await get(cache, 'a'))?.value).toBe('four');
  });

  test('many keys at once', async () => {
    const { cache } = await open(2_000);
    const keys = Array.from({ length: 1_200 }, (_, number) => `k${number}`);
    const { tickets } = await cache.getMany(keys);
    await Promise.all(keys.map((key) => cache.putIfNewer(key, 1n, key, tickets)));
    expect((await cache.getMany(keys)).images.size).toBe(keys.length);
    await cache.invalidate(new Map(keys.map((key) => [key, 2n])));
    expect((await cache.getMany(keys)).images.size).toBe(0);
  });

  test('no order of reads, writes and evictions serves an image older than an invalidation', async () => {
    const step = fc.record({
      do: fc.constantFrom('change' as const, 'read' as const, 'finish' as const),
      key: fc.integer({ min: 0, max: 5 }),
    });
    type Step = { do: 'change' | 'read' | 'finish'; key: number };
    const run = async (steps: Step[]) => {
      const { cache, other } = await open(2);
      const store = new Map<string, bigint>();
      const reading: { key: string; revision: bigint; tickets: ReadTickets }[] = [];
      for (const [place, { do: what, key: number }] of steps.entries()) {
        const [one, two] = place % 2 === 0 ? [cache, other] : [other, cache];
        const key = `k${number}`;
        const revision = store.get(key) ?? 0n;
        if (what === 'change') {
          store.set(key, revision + 1n);
          await invalidate(one, key, revision + 1n);
        } else if (what === 'read') {
          const { tickets } = await one.getMany([key]);
          reading.push({ key, revision, tickets });
        } else {
          const read = reading.shift();
          if (read) await one.putIfNewer(read.key, read.revision, 'image', read.tickets);
        }
        const { images } = await two.getMany([...store.keys()]);
        for (const [served, image] of images) expect(image.revision).toBe(store.get(served));
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), run));
  });
});
