import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import { createRedisCache } from '@starling/kit/cache/redis.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findRedis, SILENT } from '../support/redis.ts';

type Subject = {
  cache: Cache;
  /** The same cache in another process. */
  other: Cache;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
};
type Adapter = { name: string; open(): Promise<{ subject(): Promise<Subject>; close(): Promise<void> }> };

const ADAPTERS: Adapter[] = [
  {
    name: 'embedded',
    open: async () => ({
      async subject() {
        let now = 1_000;
        const cache = createEmbeddedCache({ max: 10, now: () => now });
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
        const options = { redis: redis.connection, namespace, logger: SILENT };
        const advance = (ms: number) => redis.advance(namespace, ms);
        return { cache: createRedisCache(options), other: createRedisCache(options), advance };
      };
      return { subject, close: redis.close };
    },
  })),
];

/** Longer than a test may last. */
const TTL = { ttlMs: 60_000 };

describe.each(ADAPTERS)('cache: $name', ({ open }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  let subject: Subject;
  let cache: Cache;
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());
  beforeEach(async () => {
    subject = await adapter.subject();
    cache = subject.cache;
  });

  /** A load that waits to be let go. */
  function gated<Value>(value: Value) {
    const gate = Promise.withResolvers<undefined>();
    gate.promise.catch(() => undefined);
    let calls = 0;
    const load = async () => {
      calls += 1;
      await gate.promise;
      return value;
    };
    return { load, open: () => gate.resolve(undefined), fail: gate.reject, calls: () => calls };
  }
  const valueOf = (key: string, fallback = 'loaded') => cache.getOrLoad(key, async () => fallback, TTL);

  test('loads once and serves it from then on', async () => {
    expect(await valueOf('a', 'first')).toBe('first');
    expect(await valueOf('a', 'second')).toBe('first');
  });

  test('a TTL of nothing keeps nothing, yet concurrent calls share a load', async () => {
    let loads = 0;
    const ask = () => cache.getOrLoad('a', async () => (loads += 1), { ttlMs: 0 });
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    expect(await ask()).toBe(2);
  });

  const ANY = [null, 0, '', false, { deep: [1, { x: 'ü' }] }, new Date(7), 2n ** 70n, new Map([['a', new Set([1])]])];
  test.each(ANY)('keeps %o like any value', async (value) => {
    expect(await cache.getOrLoad<unknown>('a', async () => value, TTL)).toEqual(value);
    expect(await cache.getOrLoad<unknown>('a', async () => 'again', TTL)).toEqual(value);
  });

  test('concurrent calls of one key share one load', async () => {
    const { load, open: release, calls } = gated('v');
    const all = Array.from({ length: 50 }, () => cache.getOrLoad('a', load, TTL));
    release();
    expect(new Set(await Promise.all(all))).toEqual(new Set(['v']));
    expect(calls()).toBe(1);
  });

  test('a load that fails fails for all who wait, and is not kept', async () => {
    const { load, fail } = gated('v');
    const all = [cache.getOrLoad('a', load, TTL), cache.getOrLoad('a', load, TTL)];
    fail(new Error('away'));
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await valueOf('a')).toBe('loaded');
  });

  test('serves nothing after its time to live', async () => {
    await valueOf('a', 'old');
    await subject.advance(50_000);
    expect(await valueOf('a', 'new')).toBe('old');
    await subject.advance(10_001);
    expect(await valueOf('a', 'new')).toBe('new');
  });

  test('serves nothing after a delete', async () => {
    await valueOf('a', 'old');
    await valueOf('b', 'old');
    await cache.delete(['a', 'never was']);
    expect([await valueOf('a', 'new'), await valueOf('b', 'new')]).toEqual(['new', 'old']);
  });

  test('a load that began before the delete leaves nothing behind, and is joined by nobody', async () => {
    const { load, open: release } = gated('old');
    const early = cache.getOrLoad('a', load, TTL);
    await cache.delete(['a']);
    expect(await valueOf('a', 'new')).toBe('new');
    release();
    expect(await early).toBe('old');
    expect(await valueOf('a', 'newer')).toBe('new');
  });

  test('the same for a batch', async () => {
    const gate = Promise.withResolvers<undefined>();
    const load = async () => {
      await gate.promise;
      return new Map([
        ['a', 'old'],
        ['b', 'old'],
      ]);
    };
    const early = cache.getOrLoadMany(['a', 'b'], load, TTL);
    await cache.delete(['a']);
    gate.resolve(undefined);
    await early;
    expect([await valueOf('a', 'new'), await valueOf('b', 'new')]).toEqual(['new', 'old']);
  });

  test('clear strikes running loads out as well', async () => {
    const { load, open: release } = gated('old');
    const early = cache.getOrLoad('a', load, TTL);
    await valueOf('b', 'old');
    await cache.clear();
    release();
    await early;
    expect([await valueOf('a', 'new'), await valueOf('b', 'new')]).toEqual(['new', 'new']);
  });

  test('many keys are loaded in one batch of those that are missing, each once', async () => {
    await valueOf('a', 'kept');
    const asked: (readonly string[])[] = [];
    const load = async (missing: readonly string[]) => {
      asked.push(missing);
      return new Map(missing.filter((key) => key !== 'none').map((key) => [key, `loaded ${key}`]));
    };
    const found = await cache.getOrLoadMany(['b', 'a', 'none', 'b'], load, TTL);
    expect(found).toEqual(
      new Map<string, string | null>([
        ['b', 'loaded b'],
        ['a', 'kept'],
        ['none', null],
      ]),
    );
    expect(asked).toEqual([['b', 'none']]);
    expect(await cache.getOrLoadMany(['none'], load, TTL)).toEqual(new Map([['none', null]]));
    expect(asked).toHaveLength(1);
  });

  test('a batch joins loads that run already, and is joined', async () => {
    const { load, open: release } = gated('single');
    const single = cache.getOrLoad('a', load, TTL);
    const asked: (readonly string[])[] = [];
    const loadMany = async (missing: readonly string[]) => {
      asked.push(missing);
      return new Map(missing.map((key) => [key, 'batch']));
    };
    const batch = cache.getOrLoadMany(['a', 'b'], loadMany, TTL);
    const joined = cache.getOrLoadMany(['b'], loadMany, TTL);
    release();
    expect([await single, await batch, await joined]).toEqual([
      'single',
      new Map([
        ['a', 'single'],
        ['b', 'batch'],
      ]),
      new Map([['b', 'batch']]),
    ]);
    expect(asked).toEqual([['b']]);
  });

  test('a batch that fails keeps nothing', async () => {
    const away = async () => Promise.reject(new Error('away'));
    await expect(cache.getOrLoadMany(['a', 'b'], away, TTL)).rejects.toThrow('away');
    expect(await valueOf('a')).toBe('loaded');
  });

  test('another process sees what this one has loaded, deleted and cleared', async () => {
    const elsewhere = (fallback: string) => subject.other.getOrLoad('a', async () => fallback, TTL);
    await valueOf('a', 'one');
    expect(await elsewhere('two')).toBe('one');
    await subject.other.delete(['a']);
    expect([await valueOf('a', 'three'), await elsewhere('four')]).toEqual(['three', 'three']);
    await subject.other.clear();
    expect([await valueOf('a', 'five'), await elsewhere('six')]).toEqual(['five', 'five']);
  });

  test('two processes that miss the same share one load', async () => {
    const { load, open: release, calls } = gated('v');
    const both = [cache, subject.other].map((one) => one.getOrLoad('a', load, TTL));
    await vi.waitFor(() => expect(calls()).toBeGreaterThan(0));
    release();
    expect(await Promise.all(both)).toEqual(['v', 'v']);
    expect(calls()).toBe(1);
  });

  test('a load that began before a delete in another process leaves nothing behind', async () => {
    const { load, open: release, calls } = gated('old');
    const early = cache.getOrLoad('a', load, TTL);
    await vi.waitFor(() => expect(calls()).toBe(1));
    await subject.other.delete(['a']);
    release();
    expect(await early).toBe('old');
    expect(await subject.other.getOrLoad('a', async () => 'new', TTL)).toBe('new');
    expect(await valueOf('a', 'newer')).toBe('new');
  });

  test('nobody who asks after a delete in another process is given what a load from before it has read', async () => {
    const { load, open: release, calls } = gated('old');
    const early = cache.getOrLoad('a', load, TTL);
    await vi.waitFor(() => expect(calls()).toBe(1));
    await subject.other.delete(['a']);
    const late = valueOf('a', 'new');
    const batch = cache.getOrLoadMany(['a'], async () => new Map([['a', 'new']]), TTL);
    release();
    expect([await late, (await batch).get('a'), await early]).toEqual(['new', 'new', 'old']);
  });

  test('who waits long for the load of another process loads for itself', async () => {
    const { load, open: release } = gated('late');
    const early = cache.getOrLoad('a', load, TTL);
    if (subject.other !== cache) expect(await subject.other.getOrLoad('a', async () => 'own', TTL)).toBe('own');
    release();
    expect(await early).toBe('late');
    expect(await valueOf('a')).toBe('late');
  });

  test('a large batch', async () => {
    const keys = Array.from({ length: 1_200 }, (_, number) => `k${number}`);
    const load = async (missing: readonly string[]) => new Map(missing.map((key) => [key, key]));
    expect([...(await cache.getOrLoadMany(keys, load, TTL)).values()]).toEqual(keys);
    await cache.delete(keys);
    expect((await cache.getOrLoadMany(keys, load, TTL)).size).toBe(keys.length);
  });

  test('no order of reads, changes and deletes, in two processes, leaves an old value behind', async () => {
    const step = fc.record({
      do: fc.constantFrom('begin' as const, 'change' as const, 'finish' as const),
      key: fc.constantFrom('x', 'y'),
      where: fc.integer({ min: 0, max: 1 }),
    });
    const run = async (steps: { do: 'begin' | 'change' | 'finish'; key: string; where: number }[]) => {
      const caches = [cache, subject.other];
      const store = new Map<string, number>();
      const loading: (() => void)[] = [];
      const ended: Promise<unknown>[] = [];
      await cache.clear();
      for (const { do: what, key, where } of steps) {
        if (what === 'change') {
          store.set(key, (store.get(key) ?? 0) + 1);
          await caches[where]?.delete([key]);
        } else if (what === 'begin') {
          const gate = Promise.withResolvers<undefined>();
          const load = async () => {
            const value = store.get(key) ?? 0;
            await gate.promise;
            return value;
          };
          loading.push(() => gate.resolve(undefined));
          const version = store.get(key) ?? 0;
          const read = caches[where]?.getOrLoad(key, load, TTL) ?? Promise.resolve(-1);
          ended.push(read.then((value) => expect(value).toBeGreaterThanOrEqual(version)));
        } else loading.shift()?.();
      }
      for (const release of loading) release();
      await Promise.all(ended);
      for (const key of ['x', 'y']) {
        for (const one of caches) {
          expect(await one.getOrLoad(key, async () => store.get(key) ?? 0, TTL)).toBe(store.get(key) ?? 0);
        }
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), run), { numRuns: 40 });
  });

  test('no keys, no load', async () => {
    const load = async () => Promise.reject(new Error('not asked for'));
    expect(await cache.getOrLoadMany([], load, TTL)).toEqual(new Map());
  });
});

test('of the embedded cache the least recently used go first; a server bounds itself', async () => {
  const cache = createEmbeddedCache({ max: 10 });
  const valueOf = (key: string, fallback: string) => cache.getOrLoad(key, async () => fallback, TTL);
  for (let key = 0; key < 10; key += 1) await valueOf(`${key}`, 'old');
  await valueOf('0', 'used');
  await valueOf('one more', 'new');
  expect([await valueOf('0', 'new'), await valueOf('1', 'new')]).toEqual(['old', 'new']);
});

test('the embedded cache counts hits and misses', async () => {
  const cache = createEmbeddedCache();
  const load = async (missing: readonly string[]) => new Map(missing.map((key) => [key, 1]));
  await cache.getOrLoadMany(['a', 'b'], load, TTL);
  await cache.getOrLoadMany(['a', 'c'], load, TTL);
  expect(cache.stats()).toEqual({ hits: 1, misses: 3 });
});
