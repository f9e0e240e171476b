import type { VersionedCache } from '@starling/kit/cache/port.ts';
import { createVersionedEmbeddedCache } from '@starling/kit/cache/versioned-embedded.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** `max` bounds images and invalidations alike, so that tests can push out either; readers take at most 100 ms. */
type Subject = { cache: VersionedCache<string>; advance(ms: number): Promise<void> };
const SLOWEST_READ_MS = 100;

const ADAPTERS: Record<string, (max?: number) => Promise<Subject>> = {
  embedded: async (max = 100) => {
    let now = 1_000;
    const options = { max, maxInvalidations: max, slowestReadMs: SLOWEST_READ_MS, now: () => now };
    return { cache: createVersionedEmbeddedCache<string>(options), advance: async (ms) => void (now += ms) };
  },
};

describe.each(Object.entries(ADAPTERS))('versioned cache: %s', (_name, open) => {
  const get = async (cache: VersionedCache<string>, key: string) => (await cache.getMany([key])).get(key);

  test('serves what was put, and says nothing of what was not', async () => {
    const { cache } = await open();
    await cache.putIfNewer('a', 3n, 'three');
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['a', { revision: 3n, value: 'three' }]]));
  });

  test('an older or equal image does not replace a newer one', async () => {
    const { cache } = await open();
    await cache.putIfNewer('a', 3n, 'three');
    await cache.putIfNewer('a', 2n, 'two');
    await cache.putIfNewer('a', 3n, 'other');
    expect((await get(cache, 'a'))?.value).toBe('three');
    await cache.putIfNewer('a', 2n ** 62n, 'large');
    expect(await get(cache, 'a')).toEqual({ revision: 2n ** 62n, value: 'large' });
  });

  test('an invalidated image is gone, and an older one does not come back', async () => {
    const { cache } = await open();
    await cache.putIfNewer('a', 3n, 'three');
    await cache.invalidate('a', 4n);
    expect(await get(cache, 'a')).toBeUndefined();
    await cache.putIfNewer('a', 3n, 'three');
    expect(await get(cache, 'a')).toBeUndefined();
    await cache.putIfNewer('a', 4n, 'four');
    expect((await get(cache, 'a'))?.value).toBe('four');
  });

  test('an invalidation that comes late leaves the newer image', async () => {
    const { cache } = await open();
    await cache.putIfNewer('a', 5n, 'five');
    await cache.invalidate('a', 5n);
    await cache.invalidate('a', 2n);
    expect((await get(cache, 'a'))?.value).toBe('five');
  });

  test('a lower invalidation does not weaken a higher one', async () => {
    const { cache } = await open();
    await cache.invalidate('a', 9n);
    await cache.invalidate('a', 4n);
    await cache.putIfNewer('a', 6n, 'six');
    expect(await get(cache, 'a')).toBeUndefined();
  });

  test('clear empties it, and lets no reader on its way undo an invalidation', async () => {
    const { cache } = await open();
    await cache.putIfNewer('a', 3n, 'three');
    await cache.invalidate('b', 3n);
    await cache.clear();
    expect(await get(cache, 'a')).toBeUndefined();
    await cache.putIfNewer('b', 2n, 'two');
    expect(await get(cache, 'b')).toBeUndefined();
  });

  test('images do not push invalidations out', async () => {
    const { cache } = await open(3);
    await cache.invalidate('a', 3n);
    for (let key = 0; key < 20; key += 1) await cache.putIfNewer(`k${key}`, 1n, 'any');
    await cache.putIfNewer('a', 2n, 'two');
    expect(await get(cache, 'a')).toBeUndefined();
  });

  test('an invalidation that was pushed out by others still guards against slow readers', async () => {
    const { cache, advance } = await open(3);
    await cache.invalidate('a', 3n);
    await advance(SLOWEST_READ_MS / 2);
    for (let key = 0; key < 20; key += 1) await cache.invalidate(`k${key}`, 1n);
    await cache.putIfNewer('a', 2n, 'two');
    expect(await get(cache, 'a')).toBeUndefined();
    await advance(SLOWEST_READ_MS + 1);
    await cache.putIfNewer('a', 3n, 'three');
    expect((await get(cache, 'a'))?.value).toBe('three');
  });

  test('no order of reads, writes and evictions serves an image older than an invalidation', async () => {
    const step = fc.record({
      do: fc.constantFrom('change' as const, 'read' as const, 'finish' as const),
      key: fc.integer({ min: 0, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { cache } = await open(2);
        const store = new Map<string, bigint>();
        const reading: { key: string; revision: bigint }[] = [];
        for (const { do: what, key: number } of steps) {
          const key = `k${number}`;
          const revision = store.get(key) ?? 0n;
          if (what === 'change') {
            store.set(key, revision + 1n);
            await cache.invalidate(key, revision + 1n);
          } else if (what === 'read') reading.push({ key, revision });
          else {
            const read = reading.shift();
            if (read) await cache.putIfNewer(read.key, read.revision, 'image');
          }
          for (const [served, image] of await cache.getMany([...store.keys()])) {
            expect(image.revision).toBe(store.get(served));
          }
        }
      }),
    );
  });
});
