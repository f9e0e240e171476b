import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { EVERYTHING, type TimelineLimits, type TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { id, timelineStoreAdapters, user, type Subject } from './timeline-store-adapters.ts';

const LIMITS: TimelineLimits = { kept: 3, trimAbove: 5, maxTimelines: 3, expiryMs: 100_000 };
const [ANN, BOB, CAT, DAN] = [user(1), user(2), user(3), user(4)] as const;

describe.each(timelineStoreAdapters)('timeline store: $name', ({ open }) => {
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
    await store.begin(BOB, { token: 't', followsRevision: 1n });
    await store.dropAll();
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

  test('a list ends also if it is looked at or built anew, unless somebody reads it', async () => {
    const look = () => store.read(ANN, { beforeId: AFTER_EVERY_ID, limit: 100, renews: false });
    await built(ANN, [id(1)]);
    await advance(60_000);
    expect((await look())?.ids).toEqual([id(1)]);
    await store.begin(ANN, { token: 't', followsRevision: 8n, renews: false });
    await store.finish(ANN, { token: 't', ids: [id(2)], completeFrom: EVERYTHING });
    expect((await look())?.ids).toEqual([id(2)]);
    await advance(40_000);
    expect([await look(), await read(ANN)]).toEqual([null, null]);
    await store.begin(ANN, { token: 't', followsRevision: 8n, renews: false });
    await store.finish(ANN, { token: 't', ids: [id(2)], completeFrom: EVERYTHING });
    await advance(60_000);
    expect(await idsOf(ANN)).toEqual([id(2)]);
    await advance(60_000);
    expect((await look())?.ids).toEqual([id(2)]);
  });

  test('drops take some lists, or all', async () => {
    for (const viewerId of [ANN, BOB, CAT]) await built(viewerId);
    await store.drop([ANN, DAN]);
    expect([await read(ANN), await idsOf(BOB)]).toEqual([null, []]);
    expect(await store.dropAll()).toBe(2);
    expect([await read(BOB), await read(CAT)]).toEqual([null, null]);
    await built(BOB, [id(1)]);
    expect(await idsOf(BOB)).toEqual([id(1)]);
  });
});
