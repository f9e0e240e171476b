import type { Cache } from '@starling/kit/cache/port.ts';
import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
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

  test('nobody who asks after a delete joins a load from before it, of a process that was tired of waiting', async () => {
    const held = gated('held');
    const old = gated('old');
    const renewed = gated('new');
    const holding = subject.other.getOrLoad('a', held.load, TTL);
    await vi.waitFor(() => expect(held.calls()).toBe(1));
    const early = cache.getOrLoad('a', old.load, TTL);
    if (subject.other !== cache) await vi.waitFor(() => expect(old.calls()).toBe(1), { timeout: 8_000 });
    await subject.other.delete(['a']);
    const renewing = subject.other.getOrLoad('a', renewed.load, TTL);
    await vi.waitFor(() => expect(renewed.calls()).toBe(1));
    const late = valueOf('a', 'new');
    // Time enough to wait for the second load and to give that up as well.
    if (subject.other !== cache) await Promise.race([late, delay(3_000)]);
    for (const { open: release } of [held, old, renewed]) release();
    expect(await late).toBe('new');
    await Promise.all([holding, early, renewing]);
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
});
