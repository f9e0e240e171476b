import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { createEmbeddedTimelineStore } from '@starling/timeline/timeline-store/embedded.ts';
import { EVERYTHING, type TimelineLimits, type TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findRedis } from '../support/redis.ts';

type Subject = { store: TimelineStore; advance(ms: number): Promise<void> };
type Adapter = {
  name: string;
  /** Whether it counts lists; a server bounds its memory instead. */
  countsLists: boolean;
  open(): Promise<{ subject(limits: TimelineLimits): Promise<Subject>; close(): Promise<void> }>;
};

const ADAPTERS: Adapter[] = [
  {
    name: 'embedded',
    countsLists: true,
    open: async () => ({
      async subject(limits) {
        let clock = 1_000_000;
        const store = createEmbeddedTimelineStore({ ...limits, now: () => clock });
        return { store, advance: async (ms) => void (clock += ms) };
      },
      close: async () => {},
    }),
  },
  ...(await findRedis()).map(({ name, open }) => ({
    name,
    countsLists: false,
    async open() {
      const redis = await open();
      const subject = async (limits: TimelineLimits): Promise<Subject> => {
        const namespace = redis.newNamespace();
        const store = createRedisTimelineStore({ ...limits, redis: redis.connection, namespace });
        return { store, advance: (ms) => redis.advance(namespace, ms) };
      };
      return { subject, close: redis.close };
    },
  })),
];

const LIMITS: TimelineLimits = { kept: 3, trimAbove: 5, maxTimelines: 3, expiryMs: 100_000 };
const [ANN, BOB, CAT, DAN] = [user(1), user(2), user(3), user(4)] as const;

describe.each(ADAPTERS)('timeline store: $name', ({ open, countsLists }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  let store: TimelineStore;
  let advance: Subject['advance'];
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());
  beforeEach(async () => {
    ({ store, advance } = await adapter.subject(LIMITS));
  });
  afterEach(() => store.close());

  const read = (viewerId: Id, beforeId = AFTER_EVERY_ID, limit = 100) => store.read(viewerId, { beforeId, limit });
  const idsOf = async (viewerId: Id) => (await read(viewerId))?.ids;
  const push = (entryIds: Id[], followerIds: Id[] = [ANN]) => store.push([{ followerIds, entryIds }]);
  async function built(
    viewerId: Id,
    ids: Id[] = [],
    { completeFrom = EVERYTHING, followsRevision = 7n } = {},
  ): Promise<void> {
    await store.begin(viewerId, { token: `t${viewerId}`, followsRevision });
    expect(await store.finish(viewerId, { token: `t${viewerId}`, ids, completeFrom })).toBe(true);
  }

  test('a list nobody built is missing, and takes no push', async () => {
    await push([id(1)]);
    expect(await read(ANN)).toBeNull();
  });

  test('a finished list without an entry is empty, not missing', async () => {
    await built(ANN);
    expect(await read(ANN)).toEqual({ header: { completeFrom: EVERYTHING, followsRevision: 7n }, ids: [] });
  });

  test('pushes reach exactly the lists that are there, with every entry of a delivery', async () => {
    await built(ANN);
    await built(BOB);
    await store.push([
      { followerIds: [ANN, CAT], entryIds: [id(1), id(2)] },
      { followerIds: [ANN, BOB], entryIds: [id(3)] },
    ]);
    expect([await idsOf(ANN), await idsOf(BOB), await idsOf(CAT)]).toEqual([[id(3), id(2), id(1)], [id(3)], undefined]);
  });

  test('a push tells how many lists took each delivery, finished or not', async () => {
    await built(ANN);
    await store.begin(BOB, { token: 't', followsRevision: 1n });
    const many = Array.from({ length: 1_500 }, (_, number) => id(number));
    const counts = await store.push([
      { followerIds: [ANN, BOB, CAT], entryIds: [id(1), id(2)] },
      { followerIds: [CAT, DAN], entryIds: [id(3)] },
      { followerIds: [DAN, ANN], entryIds: many },
    ]);
    expect(counts).toEqual([2, 0, 1]);
    expect(await store.push([{ followerIds: [BOB], entryIds: [id(1)] }])).toEqual([1]);
    expect(await store.push([])).toEqual([]);
  });

  test('ids come newest first and once, whatever order and how often they were pushed', async () => {
    await built(ANN, [id(4), id(2)]);
    await push([id(3), id(4), id(1)]);
    await push([id(3)]);
    expect(await idsOf(ANN)).toEqual([id(4), id(3), id(2), id(1)]);
  });

  test('neighbouring ids beyond the precision of doubles stay apart', async () => {
    const [a, b] = ['1234567890123456788', '1234567890123456789'] as const;
    await built(ANN, [b, a]);
    expect(await idsOf(ANN)).toEqual([b, a]);
    expect((await read(ANN, b))?.ids).toEqual([a]);
  });

  test('a slice is bounded and begins below a position', async () => {
    await built(ANN, [id(5), id(4), id(3), id(2), id(1)]);
    expect((await read(ANN, id(4), 2))?.ids).toEqual([id(3), id(2)]);
    expect((await read(ANN, id(1), 2))?.ids).toEqual([]);
  });

  test('a list that outgrows its bound is cut back, and says that it is complete only above what was cut', async () => {
    await built(ANN, [id(5), id(4), id(3), id(2), id(1)]);
    await push([id(6)]);
    const slice = await read(ANN);
    expect(slice?.ids).toEqual([id(6), id(5), id(4)]);
    expect(slice!.header.completeFrom > id(3) && slice!.header.completeFrom <= id(4)).toBe(true);
  });

  test('entries below completeFrom are not told', async () => {
    await built(ANN, [id(9), id(8)], { completeFrom: id(8) });
    await push([id(7), id(10)]);
    expect(await read(ANN)).toMatchObject({ header: { completeFrom: id(8) }, ids: [id(10), id(9), id(8)] });
  });

  test('an unfinished list is missing to readers, and keeps what is pushed', async () => {
    await store.begin(ANN, { token: 't', followsRevision: 1n });
    await push([id(9)]);
    expect(await read(ANN)).toBeNull();
    await store.finish(ANN, { token: 't', ids: [id(3)], completeFrom: id(3) });
    expect(await idsOf(ANN)).toEqual([id(9), id(3)]);
  });

  test('a list cut while it was built is complete only above the cut', async () => {
    await store.begin(ANN, { token: 't', followsRevision: 1n });
    await push([id(11), id(12), id(13), id(14), id(15), id(16)]);
    await store.finish(ANN, { token: 't', ids: [id(12), id(11), id(1)], completeFrom: EVERYTHING });
    const slice = await read(ANN);
    expect(slice?.ids).toEqual([id(16), id(15), id(14)]);
    expect(slice!.header.completeFrom > id(13)).toBe(true);
  });

  test('a build that was overtaken or dropped does not apply', async () => {
    await store.begin(ANN, { token: 'old', followsRevision: 1n });
    await store.begin(ANN, { token: 'new', followsRevision: 2n });
    expect(await store.finish(ANN, { token: 'old', ids: [id(1)], completeFrom: EVERYTHING })).toBe(false);
    expect(await store.finish(ANN, { token: 'new', ids: [id(2)], completeFrom: EVERYTHING })).toBe(true);
    expect(await read(ANN)).toEqual({ header: { completeFrom: EVERYTHING, followsRevision: 2n }, ids: [id(2)] });
    expect(await store.finish(ANN, { token: 'new', ids: [id(3)], completeFrom: EVERYTHING })).toBe(false);

    await store.begin(BOB, { token: 't', followsRevision: 1n });
    await store.drop([BOB]);
    expect(await store.finish(BOB, { token: 't', ids: [id(1)], completeFrom: EVERYTHING })).toBe(false);
    expect(await read(BOB)).toBeNull();
  });

  test('a new build begins with nothing of the old list', async () => {
    await built(ANN, [id(1)]);
    await built(ANN, [id(2)], { followsRevision: 8n });
    expect(await read(ANN)).toEqual({ header: { completeFrom: EVERYTHING, followsRevision: 8n }, ids: [id(2)] });
  });

  test('a list ends when it has not been read for long; pushes do not keep it', async () => {
    await built(ANN, [id(1)]);
    await advance(60_000);
    expect(await idsOf(ANN)).toEqual([id(1)]);
    await advance(60_000);
    await push([id(2)]);
    expect(await idsOf(ANN)).toEqual([id(2), id(1)]);
    await advance(100_000);
    expect(await read(ANN)).toBeNull();
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

  test('drops take some lists, or all', async () => {
    for (const viewerId of [ANN, BOB, CAT]) await built(viewerId);
    await store.drop([ANN, DAN]);
    expect([await read(ANN), await idsOf(BOB)]).toEqual([null, []]);
    await store.dropAll();
    expect([await read(BOB), await read(CAT)]).toEqual([null, null]);
  });
});

function id(number: number): Id {
  return `12${String(number).padStart(17, '0')}`;
}

function user(number: number): Id {
  return `11${String(number).padStart(17, '0')}`;
}
