import { randomBytes } from 'node:crypto';
import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { EVERYTHING } from '@starling/timeline/timeline-store/port.ts';
import { fieldOf } from '@starling/timeline/timeline-store/log-position.ts';
import type { LostPart, TimelineRecovery } from '@starling/timeline/timeline-store/recovery-port.ts';
import { createRedisTimelineStore, type RedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { redisKinds, type TestRedis } from '../support/redis.ts';

const LIMITS = { kept: 30, trimAbove: 50, maxTimelines: 100, expiryMs: 100_000 };
const VIEWERS = Array.from({ length: 20 }, (_, number) => id(number + 1_000));
const PLACE = { topic: 'tweet.v1', partition: 3 };
const FIELD = fieldOf(PLACE);

for (const { name, isMissing, open } of await redisKinds())
  describe.skipIf(isMissing)(`timelines that come back: ${name}`, () => {
    let redis: TestRedis;
    let namespace: string;
    let store: RedisTimelineStore;
    beforeAll(async () => void (redis = await open()));
    afterAll(() => redis.close());
    beforeEach(() => {
      namespace = redis.newNamespace();
      store = newProcess();
    });

    /** Which has told nothing yet. */
    const newProcess = () => createRedisTimelineStore({ ...LIMITS, redis: redis.connection, namespace });
    const recovery = (of = store): TimelineRecovery => of.recovery;
    const read = (viewerId: Id) => store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 100 });
    const heldBy = async (viewers: readonly Id[]) => {
      const slices = await Promise.all(viewers.map(read));
      return slices.map((slice) => slice?.ids ?? null);
    };
    const push = (entryId: Id, of = store) => of.push([{ followerIds: VIEWERS, entryIds: [entryId] }]);
    async function build(viewers: readonly Id[], ids: Id[] = []): Promise<void> {
      for (const viewerId of viewers) {
        await store.begin(viewerId, { token: 't', followsRevision: 1n });
        expect(await store.finish(viewerId, { token: 't', ids, completeFrom: EVERYTHING })).toBe(true);
      }
    }
    async function believe(offset: bigint, { afresh = false } = {}): Promise<void> {
      for (const part of await recovery().lostParts())
        expect(await recovery().believe(part, { positions: new Map([[FIELD, offset]]), afresh })).toBe(true);
    }
    /** As if every server had been another one until now: its tenure stands in what it holds. */
    async function comeBack(): Promise<void> {
      const { masters, client } = redis.connection;
      for (const node of masters()) {
        const replication = await node.info('replication');
        const tenure = /master_replid:(\w{16})/.exec(replication)?.[1] ?? '';
        const before = randomBytes(8).toString('hex');
        for await (const keys of node.scanStream({ match: `*${namespace}:t*`, count: 1_000 }) as AsyncIterable<
          string[]
        >)
          for (const key of keys) {
            if (key.endsWith('log')) {
              for (const [field, value] of Object.entries(await client.hgetall(key)))
                await client.hset(key, field, value.replaceAll(tenure, before));
            } else if (key.includes('home:')) {
              const header = await client.lindex(key, 0);
              await client.lset(key, 0, (header ?? '').replaceAll(tenure, before));
            }
          }
      }
    }
    /** Of all parts, as the next one that looks after them sees it. */
    const positions = (lost: readonly LostPart[]) => new Set(lost.map((part) => part.positions.get(FIELD)));

    test('until when all is delivered is known to every process, and for no longer than it is told', async () => {
      expect(await store.toldDelivered()).toBeNull();
      await newProcess().tellDelivered(1_700_000_000_000);
      expect(await store.toldDelivered()).toBe(1_700_000_000_000);
      await redis.advance(namespace, 60_001);
      expect(await store.toldDelivered()).toBeNull();
    });

    test('parts that nobody has looked after are lost, and know no position', async () => {
      const lost = await recovery().lostParts();
      expect(lost.length).toBe(redis.connection.isCluster ? 256 : 1);
      expect(positions(lost)).toEqual(new Set([undefined]));
      await believe(5n, { afresh: true });
      expect(await recovery().lostParts()).toEqual([]);
    });

    test('what is reached is told by pushes, and to the other parts by and by; positions never go back', async () => {
      await believe(5n, { afresh: true });
      await build(VIEWERS);
      store.reached({ ...PLACE, offset: 9n });
      await push(id(1));
      const late = newProcess();
      late.reached({ ...PLACE, offset: 7n });
      await push(id(1), late);
      await comeBack();
      const pushedTo = await recovery().lostParts();
      expect(positions(pushedTo)).toEqual(new Set(redis.connection.isCluster ? [9n, 5n] : [9n]));
      await believe(5n);
      const other = newProcess();
      other.reached({ ...PLACE, offset: 11n });
      await recovery(other).tellReached();
      await recovery(late).tellReached();
      await comeBack();
      expect(positions(await recovery().lostParts())).toEqual(new Set([11n]));
    });

    test('lists that came back are missing until their part is believed, and have then what was pushed meanwhile', async () => {
      await believe(5n, { afresh: true });
      await build(VIEWERS, [id(1)]);
      await comeBack();
      expect(await heldBy(VIEWERS)).toEqual(VIEWERS.map(() => null));
      await push(id(2));
      await recovery().pushTo(await recovery().lostParts(), [{ followerIds: VIEWERS, entryIds: [id(3)] }]);
      expect(await heldBy(VIEWERS)).toEqual(VIEWERS.map(() => null));
      await believe(6n);
      expect(await heldBy(VIEWERS)).toEqual(VIEWERS.map(() => [id(3), id(2), id(1)]));
    });

    test('positions stand still until the lists are believed', async () => {
      await believe(5n, { afresh: true });
      await comeBack();
      store.reached({ ...PLACE, offset: 9n });
      await push(id(1));
      await recovery(newProcess()).tellReached();
      const other = newProcess();
      other.reached({ ...PLACE, offset: 10n });
      await recovery(other).tellReached();
      expect(positions(await recovery().lostParts())).toEqual(new Set([5n]));
    });

    test('a part that begins afresh believes no list from before, also not when it comes back again', async () => {
      const [before, since, after] = [VIEWERS.slice(0, 7), VIEWERS.slice(7, 14), VIEWERS.slice(14)];
      await believe(5n, { afresh: true });
      await build(before, [id(1)]);
      await comeBack();
      await build(since, [id(1)]);
      await believe(9n, { afresh: true });
      await build(after, [id(1)]);
      const expected = [...before.map(() => null), ...since.map(() => [id(1)]), ...after.map(() => [id(1)])];
      expect(await heldBy(VIEWERS)).toEqual(expected);
      await comeBack();
      expect(positions(await recovery().lostParts())).toEqual(new Set([9n]));
      expect(await heldBy(VIEWERS)).toEqual(VIEWERS.map(() => null));
      await believe(10n);
      expect(await heldBy(VIEWERS)).toEqual(expected);
    });

    test('lists that were begun while others were brought up to date count after another crash, too', async () => {
      const [old, fresh] = [VIEWERS.slice(0, 10), VIEWERS.slice(10)];
      await believe(5n, { afresh: true });
      await build(old, [id(1)]);
      await comeBack();
      await build(fresh, [id(1)]);
      expect(await heldBy(fresh)).toEqual(fresh.map(() => [id(1)]));
      await comeBack();
      expect(await heldBy(VIEWERS)).toEqual(VIEWERS.map(() => null));
      expect(positions(await recovery().lostParts())).toEqual(new Set([5n]));
      await believe(6n);
      expect(await heldBy(VIEWERS)).toEqual(VIEWERS.map(() => [id(1)]));
    });

    test('nobody believes a part for a server that has come back once more', async () => {
      await believe(5n, { afresh: true });
      await build(VIEWERS, [id(1)]);
      await comeBack();
      const seen = await recovery().lostParts();
      for (const part of seen) {
        const earlier = { ...part, tenure: randomBytes(8).toString('hex') };
        expect(await recovery().believe(earlier, { positions: part.positions, afresh: false })).toBe(false);
        expect(await recovery().believe(earlier, { positions: part.positions, afresh: true })).toBe(false);
      }
      expect(await recovery().lostParts()).toEqual(seen);
      expect(await heldBy(VIEWERS)).toEqual(VIEWERS.map(() => null));
    });

    test('a build that a crash overtook does not apply', async () => {
      await believe(5n, { afresh: true });
      await store.begin(VIEWERS[0]!, { token: 't', followsRevision: 1n });
      await comeBack();
      await believe(6n);
      expect(await store.finish(VIEWERS[0]!, { token: 't', ids: [], completeFrom: EVERYTHING })).toBe(false);
      expect(await read(VIEWERS[0]!)).toBeNull();
    });

    test('one at a time has the right to replay, until it lets go or is silent for too long', async () => {
      expect(await recovery().claim('a', 100_000)).toBe(true);
      expect([await recovery().claim('b', 100_000), await recovery().claim('a', 100_000)]).toEqual([false, true]);
      await recovery().release('b');
      expect(await recovery().claim('b', 100_000)).toBe(false);
      await recovery().release('a');
      expect(await recovery().claim('b', 1)).toBe(true);
      await expect.poll(() => recovery().claim('c', 100_000)).toBe(true);
    });

    test('lists that were filled in another way until now are dropped, once', async () => {
      const [viewer] = VIEWERS as [Id];
      await store.fillBy('hybrid');
      await build([viewer], [id(1)]);
      await newProcess().fillBy('hybrid');
      expect(await heldBy([viewer])).toEqual([[id(1)]]);
      await newProcess().fillBy('pull');
      expect(await heldBy([viewer])).toEqual([null]);
      await newProcess().fillBy('hybrid');
      await build([viewer], [id(2)]);
      await newProcess().fillBy('hybrid');
      expect(await heldBy([viewer])).toEqual([[id(2)]]);
    });
  });

function id(number: number): Id {
  return `12${String(number).padStart(17, '0')}`;
}
