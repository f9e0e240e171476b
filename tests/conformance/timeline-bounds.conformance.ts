import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { EVERYTHING, type TimelineLimits, type TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { id, timelineStoreAdapters, user } from './timeline-store-adapters.ts';

const LIMITS: TimelineLimits = { kept: 3, trimAbove: 5, maxTimelines: 3, expiryMs: 100_000 };
const [ANN, BOB, CAT, DAN] = [user(1), user(2), user(3), user(4)] as const;

describe.each(timelineStoreAdapters)('how long timelines are: $name', ({ open, countsLists }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  let store: TimelineStore;
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());
  beforeEach(async () => {
    ({ store } = await adapter.subject(LIMITS));
  });
  afterEach(() => store.close());

  const read = (viewerId: Id) => store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 100 });
  const push = (entryIds: Id[], followerIds: Id[] = [ANN]) => store.push([{ followerIds, entryIds }]);
  async function built(viewerId: Id, ids: Id[] = []): Promise<void> {
    await store.begin(viewerId, { token: 't', followsRevision: 7n });
    expect(await store.finish(viewerId, { token: 't', ids, completeFrom: EVERYTHING })).toBe(true);
  }

  test('a list that outgrows its bound is cut back, and says that it is complete only above what was cut', async () => {
    await built(ANN, [id(5), id(4), id(3), id(2), id(1)]);
    await push([id(6)]);
    const slice = await read(ANN);
    expect(slice?.ids).toEqual([id(6), id(5), id(4)]);
    expect(slice!.header.completeFrom > id(3) && slice!.header.completeFrom <= id(4)).toBe(true);
  });

  test('a list cut while it was built is complete only above the cut', async () => {
    await store.begin(ANN, { token: 't', followsRevision: 1n });
    await push([id(11), id(12), id(13), id(14), id(15), id(16)]);
    await store.finish(ANN, { token: 't', ids: [id(12), id(11), id(1)], completeFrom: EVERYTHING });
    const slice = await read(ANN);
    expect(slice?.ids).toEqual([id(16), id(15), id(14)]);
    expect(slice!.header.completeFrom > id(13)).toBe(true);
  });

  // A server bounds them by itself.
  if (countsLists)
    test('the lists that were read longest ago make room', async () => {
      for (const viewerId of [ANN, BOB, CAT]) await built(viewerId);
      await read(ANN);
      await built(DAN);
      const held = await Promise.all([ANN, BOB, CAT, DAN].map(async (viewerId) => (await read(viewerId)) !== null));
      expect(held).toEqual([true, false, true, true]);
    });

  test('ids that come in any order leave a list complete from where it says', async () => {
    const distinct = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
    const run = async (before: number[], batches: number[][]) => {
      const pushed = new Set([...before, ...batches.flat()].map(id));
      await built(BOB, before.map(id).sort().reverse());
      for (const batch of batches) if (batch.length > 0) await push(batch.map(id), [BOB]);
      const slice = await read(BOB);
      const expected = [...pushed]
        .filter((one) => one >= slice!.header.completeFrom)
        .sort()
        .reverse();
      expect(slice!.ids).toEqual(expected);
      expect(slice!.ids.length).toBeLessThanOrEqual(LIMITS.trimAbove);
    };
    await fc.assert(fc.asyncProperty(distinct, fc.array(distinct, { maxLength: 6 }), run), { numRuns: 60 });
  });

  test('lists that grow beside each other, nearly in order, are complete from where they say, and keep most of their bound', async () => {
    const { store: roomy } = await adapter.subject({ kept: 24, trimAbove: 28, maxTimelines: 3, expiryMs: 100_000 });
    const viewers = [ANN, BOB] as const;
    const pushes = fc.array(fc.record({ to: fc.nat({ max: 1 }), late: fc.nat({ max: 6 }) }), {
      ...{ minLength: 150, maxLength: 300 },
    });
    const run = async (steps: { to: number; late: number }[]) => {
      const held = viewers.map((viewerId, place) => ({ viewerId, place, ids: [1, 2, 3, 4, 5].map(id) }));
      for (const { viewerId, ids } of held) {
        await roomy.begin(viewerId, { token: 't', followsRevision: 1n });
        await roomy.finish(viewerId, { token: 't', ids, completeFrom: EVERYTHING });
      }
      for (const [step, { to, late }] of steps.entries()) {
        const entry = id(1_000 * (20 + step - late) + step);
        held[to]?.ids.push(entry);
        await roomy.push([{ followerIds: [viewers[to] ?? ''], entryIds: [entry] }]);
      }
      for (const { viewerId, ids } of held) {
        const slice = await roomy.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 1_000 });
        const all = [...new Set(ids)].sort().reverse();
        expect(slice?.ids).toEqual(all.filter((one) => one >= slice!.header.completeFrom));
        expect(slice!.ids.length).toBeLessThanOrEqual(28);
        expect(slice!.ids.length).toBeGreaterThanOrEqual(Math.min(all.length, 12));
      }
    };
    await fc.assert(fc.asyncProperty(pushes, run), { numRuns: 10 });
    await roomy.close();
  });

  test('many lists and many entries in one push', async () => {
    const { store: roomy } = await adapter.subject({
      kept: 800,
      trimAbove: 1_000,
      maxTimelines: 5_000,
      expiryMs: 60_000,
    });
    const followers = Array.from({ length: 1_500 }, (_, number) => user(number + 100));
    const [first, last] = [followers[0] ?? '', followers.at(-1) ?? ''];
    for (const viewerId of [first, last]) {
      await roomy.begin(viewerId, { token: 't', followsRevision: 1n });
      expect(await roomy.finish(viewerId, { token: 't', ids: [], completeFrom: EVERYTHING })).toBe(true);
    }
    const entries = Array.from({ length: 1_100 }, (_, number) => id(number));
    const counts = await roomy.push([
      { followerIds: followers, entryIds: entries.slice(0, 3) },
      { followerIds: [last], entryIds: entries },
    ]);
    expect(counts).toEqual([2, 1]);
    expect((await roomy.read(first, { beforeId: AFTER_EVERY_ID, limit: 10 }))?.ids).toEqual([id(2), id(1), id(0)]);
    const slice = await roomy.read(last, { beforeId: AFTER_EVERY_ID, limit: 2_000 });
    expect(slice?.ids).toEqual(entries.filter((one) => one >= slice!.header.completeFrom).reverse());
    expect(slice?.ids.length).toBeGreaterThanOrEqual(700);
  });
});
