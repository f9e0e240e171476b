import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Servers, startServers } from '@starling/infra/start-servers.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import { connectTo } from '../../support/redis.ts';
import {
  buildTimeline,
  hear,
  idOf,
  openRedisProcess,
  outcomeOf,
  readTimeline,
  TTL,
  type RedisProcess,
} from '../support/redis-process.ts';

const ANN = idOf(1);
/** A command's timeout, the time in which a few calls find out that Redis is away, and a slow machine. */
const FIRST_CALL_MS = 5_000;
const LATER_CALL_MS = 500;

let root: string;
let servers: Servers;
let one: RedisProcess;
let two: RedisProcess;
let namespaces = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'starling-redis-'));
  servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: ['redis'] });
}, 60_000);
afterAll(async () => {
  await servers.stopAll();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  const nodes = (servers.env.REDIS_NODES ?? '').split(',');
  const password = servers.env.REDIS_PASSWORD ?? '';
  namespaces += 1;
  const open = () => openRedisProcess(`fault${namespaces}`, () => connectTo({ nodes, password }, false));
  [one, two] = [await open(), await open()];
});
afterEach(() => Promise.all([one.close(), two.close()]));

/** Fails as soon as Redis fails, and at last without waiting. */
async function untilKnownToBeAway(of: RedisProcess): Promise<void> {
  await vi.waitFor(async () => {
    const { code, tookMs } = await outcomeOf(of.images.getMany(['any']));
    expect(tookMs).toBeLessThan(FIRST_CALL_MS);
    expect(code).toBe('UNAVAILABLE');
    expect(tookMs).toBeLessThan(LATER_CALL_MS / 10);
  }, 30_000);
}

const untilBack = (of: RedisProcess) => vi.waitFor(() => of.images.getMany(['any']), 30_000);

describe.each([
  {
    fault: 'killed and restarted',
    begin: () => servers.signal('redis', 'SIGKILL'),
    end: () => servers.start('redis'),
    forgets: true,
  },
  {
    fault: 'stopped for a while',
    begin: () => servers.signal('redis', 'SIGSTOP'),
    end: () => servers.signal('redis', 'SIGCONT'),
    forgets: false,
  },
])('Redis is $fault', ({ begin, end, forgets }) => {
  test('the cache does without, loses no deletion, and heals', async () => {
    let stored = 'old';
    const read = (of: RedisProcess) => of.cache.getOrLoad('a', async () => stored, TTL);
    expect([await read(one), await read(two)]).toEqual(['old', 'old']);
    await begin();
    stored = 'new';
    expect((await outcomeOf(one.cache.delete(['a']))).tookMs).toBeLessThan(FIRST_CALL_MS);
    expect(await read(one)).toBe('new');
    await untilKnownToBeAway(one);
    await untilKnownToBeAway(two);
    for (const process of [one, two]) {
      const { value, tookMs } = await outcomeOf(read(process));
      expect(value).toBe('new');
      expect(tookMs).toBeLessThan(LATER_CALL_MS);
    }
    await end();
    const served = new Set<string>();
    await vi.waitFor(
      async () => {
        for (const process of [two, one]) served.add(await read(process));
        await Promise.all([one.images.getMany(['any']), two.images.getMany(['any'])]);
      },
      { timeout: 30_000, interval: 5 },
    );
    expect(served).toEqual(new Set(['new']));
    // It is kept again, and for both: at the latest once the next try has delivered what was deleted meanwhile.
    await vi.waitFor(
      async () => {
        const kept = await read(one);
        stored = `${kept}er`;
        expect([await read(one), await read(two)]).toEqual([kept, kept]);
      },
      { timeout: 30_000, interval: 50 },
    );
  });

  test('loads are bounded while it is away', async () => {
    await begin();
    await untilKnownToBeAway(one);
    let running = 0;
    let most = 0;
    const load = async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return 1;
    };
    const reads = Array.from({ length: 2_000 }, (_, number) => outcomeOf(one.cache.getOrLoad(`k${number}`, load, TTL)));
    const codes = (await Promise.all(reads)).map(({ code }) => code);
    expect(most).toBeLessThanOrEqual(64);
    expect(codes.filter((code) => code === undefined).length).toBeGreaterThan(1_000);
    expect(new Set(codes)).toEqual(new Set([undefined, 'UNAVAILABLE']));
    await end();
    await untilBack(one);
  });

  test('no image is served that could have been invalidated meanwhile', async () => {
    const { tickets } = await one.images.getMany(['a', 'b']);
    await one.images.putIfNewer('a', 3n, 'three', tickets);
    await begin();
    await untilKnownToBeAway(one);
    const { code, tookMs } = await outcomeOf(one.images.invalidate(new Map([['a', 4n]])));
    expect(code).toBe('UNAVAILABLE');
    expect(tookMs).toBeLessThan(LATER_CALL_MS);
    expect((await outcomeOf(one.images.putIfNewer('a', 4n, 'four', tickets))).code).toBe('UNAVAILABLE');
    await end();
    await Promise.all([untilBack(one), untilBack(two)]);
    const { images } = await two.images.getMany(['a']);
    expect(images.get('a')?.value).toBe(forgets ? undefined : 'three');
    await one.images.invalidate(new Map([['a', 4n]]));
    expect((await two.images.getMany(['a'])).images.size).toBe(0);
    await one.images.putIfNewer('a', 3n, 'three', tickets);
    if (forgets) await one.images.putIfNewer('b', 1n, 'one', tickets);
    expect((await two.images.getMany(['a', 'b'])).images.size).toBe(0);
  });

  test('timelines are complete from where they say, once what could not be pushed has been', async () => {
    await buildTimeline(one.timelines, ANN, [idOf(2), idOf(1)]);
    await begin();
    await untilKnownToBeAway(one);
    const push = () => one.timelines.push([{ followerIds: [ANN], entryIds: [idOf(3)] }]);
    const { code, tookMs } = await outcomeOf(push());
    expect(code).toBe('UNAVAILABLE');
    expect(tookMs).toBeLessThan(LATER_CALL_MS);
    expect((await outcomeOf(readTimeline(one.timelines, ANN))).code).toBe('UNAVAILABLE');
    await end();
    await Promise.all([untilBack(one), untilBack(two)]);
    await push();
    expect(await readTimeline(two.timelines, ANN)).toEqual(forgets ? null : [idOf(3), idOf(2), idOf(1)]);
    await buildTimeline(two.timelines, ANN, [idOf(2), idOf(1)]);
    await push();
    expect(await readTimeline(two.timelines, ANN)).toEqual([idOf(3), idOf(2), idOf(1)]);
  });

  test('listeners survive, and are told if they may have missed something', async () => {
    const heard = hear(await two.pubsub.subscribe(['a', 'b']));
    const late = hear(await one.pubsub.subscribe(['b']));
    await one.pubsub.publish(['a'], 'before');
    await vi.waitFor(() => expect(heard.map(({ payload }) => payload)).toEqual(['before']));
    await begin();
    await untilKnownToBeAway(one);
    const { code, tookMs } = await outcomeOf(one.pubsub.publish(['a'], 'lost'));
    expect(code).toBe('UNAVAILABLE');
    expect(tookMs).toBeLessThan(LATER_CALL_MS);
    // Long enough for a server that only stands still to be given up.
    if (!forgets) await new Promise((resolve) => setTimeout(resolve, 12_000));
    await end();
    await untilBack(one);
    for (const listener of [heard, late])
      await vi.waitFor(() => expect(listener.filter(({ dropped }) => dropped > 0).length).toBeGreaterThan(0));
    await one.pubsub.publish(['a', 'b'], 'after');
    await vi.waitFor(() => {
      const channels = heard.filter(({ payload }) => payload === 'after').map(({ channel }) => channel);
      expect(channels.sort()).toEqual(['a', 'b']);
      expect(late.at(-1)).toEqual({ channel: 'b', payload: 'after', dropped: 0 });
    });
    expect(heard.filter(({ dropped }) => dropped > 0)).toHaveLength(1);
  });

  test('limits are kept by each process for itself', async () => {
    await begin();
    await untilKnownToBeAway(one);
    for (let attempt = 0; attempt < 3; attempt += 1) await one.limiter.consume('ann');
    const { code, tookMs } = await outcomeOf(one.limiter.consume('ann'));
    expect(code).toBe('RATE_LIMITED');
    expect(tookMs).toBeLessThan(LATER_CALL_MS);
    await end();
    await Promise.all([untilBack(one), untilBack(two)]);
    for (let attempt = 0; attempt < 3; attempt += 1) await two.limiter.consume('bob');
    await expect(one.limiter.consume('bob')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('everything is deleted from Redis', () => {
  const flush = () => one.connection.client.flushall();

  test('what loads just then is not kept by anybody', async () => {
    const gate = Promise.withResolvers<undefined>();
    const loading = one.cache.getOrLoad('a', () => gate.promise.then(() => 'old'), TTL);
    await vi.waitFor(async () => expect(await one.connection.client.dbsize()).toBeGreaterThan(0));
    await flush();
    await two.cache.delete(['a']);
    gate.resolve(undefined);
    expect(await loading).toBe('old');
    expect(await two.cache.getOrLoad('a', async () => 'new', TTL)).toBe('new');
  });

  test('a slow reader of before brings no image back, although its invalidation is forgotten', async () => {
    const { tickets } = await one.images.getMany(['a']);
    await two.images.invalidate(new Map([['a', 4n]]));
    await flush();
    await one.images.putIfNewer('a', 3n, 'three', tickets);
    expect((await two.images.getMany(['a'])).images.size).toBe(0);
    await one.images.putIfNewer('a', 3n, 'three', tickets);
    expect((await two.images.getMany(['a'])).images.size).toBe(0);
  });

  test('timelines are missing, and a build that was under way does not apply', async () => {
    await buildTimeline(one.timelines, ANN, [idOf(1)]);
    await one.timelines.begin(idOf(2), { token: 't', followsRevision: 1n });
    await flush();
    await one.timelines.push([{ followerIds: [ANN, idOf(2)], entryIds: [idOf(3)] }]);
    expect(await readTimeline(two.timelines, ANN)).toBeNull();
    expect(await one.timelines.finish(idOf(2), { token: 't', ids: [], completeFrom: idOf(0) })).toBe(false);
  });
});
