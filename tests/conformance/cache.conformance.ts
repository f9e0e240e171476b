import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cacheAdapters, gated, TTL, type Subject } from './cache-adapters.ts';

describe.each(cacheAdapters)('cache: $name', ({ open }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  let subject: Subject;
  let cache: Cache;
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());
  beforeEach(async () => {
    subject = await adapter.subject();
    cache = subject.cache;
  });

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

  test('a large batch', async () => {
    const keys = Array.from({ length: 1_200 }, (_, number) => `k${number}`);
    const load = async (missing: readonly string[]) => new Map(missing.map((key) => [key, key]));
    expect([...(await cache.getOrLoadMany(keys, load, TTL)).values()]).toEqual(keys);
    await cache.delete(keys);
    expect((await cache.getOrLoadMany(keys, load, TTL)).size).toBe(keys.length);
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
