import type { Id } from '@starling/domain/ids.ts';
import { createBuckets } from '@starling/kit/redis/redis-buckets.ts';
import { chainSlices } from '@starling/timeline/chain-slices.ts';
import { createEmbeddedDeliveryLog } from '@starling/timeline/delivery-log/embedded.ts';
import type { DeliveredSlice, DeliveryLimits, DeliveryLog } from '@starling/timeline/delivery-log/port.ts';
import { createRedisDeliveryLog } from '@starling/timeline/delivery-log/redis.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findRedis } from '../support/redis.ts';

type Subject = {
  log: DeliveryLog;
  advance(ms: number): Promise<void>;
  /** As the release before did, which knew slices by their numbers. */
  noteNumber?(entryId: Id, number: number, text: string): Promise<unknown>;
};
type Adapter = {
  name: string;
  /** Whether it counts entries; a server bounds its memory instead. */
  countsEntries: boolean;
  open(): Promise<{ subject(limits: DeliveryLimits): Promise<Subject>; close(): Promise<void> }>;
};

const ADAPTERS: Adapter[] = [
  {
    name: 'embedded',
    countsEntries: true,
    open: async () => ({
      async subject(limits) {
        let clock = 1_000_000;
        const log = createEmbeddedDeliveryLog({ ...limits, now: () => clock });
        return { log, advance: async (ms) => void (clock += ms) };
      },
      close: async () => {},
    }),
  },
  ...(await findRedis()).map(({ name, open }) => ({
    name,
    countsEntries: false,
    async open() {
      const redis = await open();
      const subject = async (limits: DeliveryLimits): Promise<Subject> => {
        const namespace = redis.newNamespace();
        const log = createRedisDeliveryLog({ ...limits, redis: redis.connection, namespace });
        const keyOf = (entryId: Id) => `${createBuckets(`${namespace}:d`, 256).of(entryId)}delivery:${entryId}`;
        return {
          log,
          advance: (ms) => redis.advance(namespace, ms),
          noteNumber: (entryId, number, text) =>
            redis.connection.run(keyOf(entryId), (client) => client.hsetnx(keyOf(entryId), String(number), text)),
        };
      };
      return { subject, close: redis.close };
    },
  })),
];

const LIMITS: DeliveryLimits = { deliveryKeptMs: 100_000, maxDeliveries: 3 };

describe.each(ADAPTERS)('delivery log: $name', ({ open, countsEntries }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  let log: DeliveryLog;
  let advance: Subject['advance'];
  let noteNumber: Subject['noteNumber'];
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());
  beforeEach(async () => {
    ({ log, advance, noteNumber } = await adapter.subject(LIMITS));
  });

  /** Slices of one entry, by where they begin and end. */
  async function read(entryId: Id): Promise<DeliveredSlice[] | undefined> {
    return (await log.read([entryId])).get(entryId)?.sort((a, b) => placeOf(a).localeCompare(placeOf(b)));
  }

  test('what was noted of each slice is found, whole, and nothing of others', async () => {
    const all = [slice(1, 0), slice(2, 0, { lastId: null, parts: [] }), slice(1, 1, { lastId: null })];
    await log.note(all);
    expect(await read(id(1))).toEqual([all[0], all[2]]);
    expect(await log.read([id(2), id(3)])).toEqual(new Map([[id(2), [all[1]]]]));
    expect(await log.read([])).toEqual(new Map());
  });

  test('of a slice the first note stays, also within one call', async () => {
    const first = slice(1, 0, { parts: [part(1)] });
    await log.note([first, slice(1, 0, { parts: [part(2)] })]);
    await log.note([slice(1, 0, { parts: [] }), slice(1, 1)]);
    expect(await read(id(1))).toEqual([first, slice(1, 1)]);
  });

  test('one that begins where another does and ends elsewhere is another one', async () => {
    const all = [slice(1, 0), slice(1, 0, { lastId: id(77) }), slice(1, 0, { lastId: null }), slice(1, 1)];
    await log.note(all);
    expect(await read(id(1))).toEqual(all.toSorted((a, b) => placeOf(a).localeCompare(placeOf(b))));
    await log.note([slice(1, 0, { lastId: id(77), parts: [] })]);
    expect(await read(id(1))).toHaveLength(4);
  });

  test('it goes when nothing was added for long', async () => {
    await log.note([slice(1, 0)]);
    await advance(60_000);
    await log.note([slice(1, 1)]);
    await advance(60_000);
    expect(await read(id(1))).toHaveLength(2);
    await advance(60_000);
    expect(await read(id(1))).toBeUndefined();
    await log.note([slice(1, 2)]);
    expect(await read(id(1))).toEqual([slice(1, 2)]);
  });

  test('many slices of many entries in one call', async () => {
    const all = Array.from({ length: 1_600 }, (_, number) => slice(number % 2, Math.floor(number / 2)));
    await log.note(all);
    expect(await read(id(0))).toEqual(all.filter(({ entryId }) => entryId === id(0)));
    expect(await read(id(1))).toHaveLength(800);
  });

  // What is embedded ends with its release.
  if (!countsEntries)
    test('what the release before has noted by numbers is one chain, beside what is noted since', async () => {
      await noteNumber?.(id(1), 0, '[0,[[5,6,7]]]');
      await noteNumber?.(id(1), 1, '[1,[]]');
      await log.note([slice(1, 0)]);
      const [first, last] = chainSlices((await read(id(1))) ?? []);
      expect(first).toEqual({
        entryId: id(1),
        afterId: '',
        lastId: last?.afterId,
        parts: [{ atMs: 5, pushed: 6, pulled: 7 }],
      });
      expect(last).toMatchObject({ lastId: null, parts: [] });
      expect(await read(id(1))).toHaveLength(3);
    });

  // A server bounds them by itself.
  if (countsEntries)
    test('the entries that were noted longest ago make room', async () => {
      await log.note([slice(1, 0), slice(2, 0), slice(3, 0), slice(1, 1), slice(4, 0)]);
      const found = await log.read([1, 2, 3, 4].map(id));
      expect([...found.keys()]).toEqual([id(1), id(3), id(4)]);
    });
});

/** The first one is 0; each begins where the one before ends, unless told otherwise. */
function slice(entry: number, number: number, other: Partial<DeliveredSlice> = {}): DeliveredSlice {
  const afterId = number === 0 ? '' : id(number);
  return { entryId: id(entry), afterId, lastId: id(number + 1), parts: [part(number)], ...other };
}

function placeOf({ afterId, lastId }: DeliveredSlice): string {
  return `${afterId}-${lastId ?? ''}`;
}

function part(number: number) {
  return { atMs: 1_790_000_000_000 + number, pushed: number, pulled: 2_000 - number };
}

function id(number: number): Id {
  return `12${String(number).padStart(17, '0')}`;
}
