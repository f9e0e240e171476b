import { expect, test } from 'vitest';
import { loadUnkept } from './redis-loads.ts';
import { BEFORE_ALL, createRunningLoads } from './running-loads.ts';

/** A store whose reads see what is there now, and answer when they are let go. */
function openLoads() {
  const unkept = createRunningLoads();
  const store = { value: 'old', reads: 0 };
  const gates: (() => void)[] = [];
  const load = async (missing: readonly string[]) => {
    store.reads += 1;
    const { value } = store;
    await new Promise<void>((resolve) => void gates.push(resolve));
    return new Map(missing.map((key) => [key, value]));
  };
  const ask = async (since: number) => {
    const loaded = await loadUnkept({ unkept, bounded: (work) => work() }, new Map([['a', since]]), load);
    return loaded.get('a');
  };
  return { unkept, store, ask, letGo: () => gates.splice(0).forEach((open) => open()) };
}

test('a load that began before the call is left alone, and one that began after it is joined', async () => {
  const { unkept, store, ask, letGo } = openLoads();
  const early = ask(unkept.now());
  store.value = 'new';
  const since = unkept.now();
  const late = [ask(since), ask(since), ask(since)];
  letGo();
  expect(await Promise.all([early, ...late])).toEqual(['old', 'new', 'new', 'new']);
  expect(store.reads).toBe(2);
});

test('where any load may be joined, however many ask, one reads', async () => {
  const { store, ask, letGo } = openLoads();
  const all = Array.from({ length: 50 }, () => ask(BEFORE_ALL));
  letGo();
  expect(new Set(await Promise.all(all))).toEqual(new Set(['old']));
  expect(store.reads).toBe(1);
});

test('of a batch only what may not be joined is read', async () => {
  const { unkept, store } = openLoads();
  const gate = Promise.withResolvers<undefined>();
  const asked: (readonly string[])[] = [];
  const loadOf = (value: string) => async (missing: readonly string[]) => {
    asked.push(missing);
    await gate.promise;
    return new Map(missing.map((key) => [key, value]));
  };
  const deps = { unkept, bounded: <Value>(work: () => Promise<Value>) => work() };
  const early = loadUnkept(
    deps,
    new Map([
      ['a', BEFORE_ALL],
      ['b', BEFORE_ALL],
    ]),
    loadOf('early'),
  );
  const since = unkept.now();
  const late = loadUnkept(
    deps,
    new Map([
      ['a', since],
      ['b', BEFORE_ALL],
      ['c', since],
    ]),
    loadOf('late'),
  );
  gate.resolve(undefined);
  expect(Object.fromEntries(await late)).toEqual({ a: 'late', b: 'early', c: 'late' });
  expect(Object.fromEntries(await early)).toEqual({ a: 'early', b: 'early' });
  expect([asked, store.reads]).toEqual([
    [
      ['a', 'b'],
      ['a', 'c'],
    ],
    0,
  ]);
});
