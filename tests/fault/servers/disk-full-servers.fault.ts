import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { EngineName } from '@starling/infra/engines.ts';
import { type Servers, startServers } from '@starling/infra/start-servers.ts';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import { connectRedis } from '@starling/kit/redis/redis-connection.ts';
import { documentOf, found, id, put } from '../../conformance/search-index-adapters.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import { openIndexes } from '../../support/open-indexes.ts';
import { SILENT } from '../../support/redis.ts';
import { buildTimeline, idOf, openRedisProcess, readTimeline, TTL } from '../support/redis-process.ts';
import { canMount, mountDisk, unmountDisk } from '../support/small-disk.ts';

const KB = 1_024;
const MB = 1_024 * KB;
/** A busy machine takes its time. */
const HEALED = { timeout: 120_000, interval: 250 };

let root: string;
let disk: string;
let servers: Servers | null;
let openThings: { close(): Promise<unknown> }[];

/** The data of one server lie on a disk of their own; its log does not. */
async function startOnDisk(engine: EngineName, instance: string, size: number): Promise<Servers> {
  [servers, openThings] = [null, []];
  root = await mkdtemp(join(tmpdir(), 'starling-disks-'));
  disk = join(root, 'disk');
  await mountDisk(disk, size);
  const dataFolders = { [instance]: disk };
  servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: [engine], dataFolders });
  return servers;
}
afterEach(async () => {
  if (!canMount) return;
  for (const one of openThings) await one.close();
  await servers?.stopAll();
  unmountDisk(disk);
  await rm(root, { recursive: true, force: true });
});

const filler = () => join(disk, 'filler');
const makeRoom = () => rm(filler());
/** Somebody's file takes all but so many bytes; again if the server was faster. */
const fill = (left: number) =>
  vi.waitFor(async () => {
    const { bavail, bsize } = await statfs(disk);
    execFileSync('fallocate', ['-l', String(bavail * bsize - left), filler()], { stdio: 'ignore' });
  });

type Refusals = { inARow: number; withinMs: number; pauseMs?: number };

/** What was said when the work was refused so many times in a row: always in time, and always that the server is away. */
async function untilRefused(work: () => Promise<unknown>, { inARow, withinMs, pauseMs = 5 }: Refusals) {
  let said: string[] = [];
  for (let tries = 0; said.length < inARow; tries += 1) {
    expect(tries).toBeLessThan(5_000);
    const began = performance.now();
    try {
      await work();
      said = [];
    } catch (error) {
      expect(error).toSatisfy(isUnavailable);
      expect(performance.now() - began).toBeLessThan(withinMs);
      said.push((error as Error).message);
    }
    await delay(pauseMs);
  }
  process.stderr.write(`refused with: ${[...new Set(said)].join('\n')}\n`);
  return said;
}

describe.skipIf(!canMount)('a full disk', () => {
  test('of Kafka: publishing waits, nothing acknowledged is lost, and all go on once it is started with room', async () => {
    const { env, start, signal } = await startOnDisk('kafka', 'kafka-1', 64 * MB);
    const brokers = (env.KAFKA_BROKERS ?? '').split(',');
    const log = await createKafkaEventLog({ brokers, namespace: 'full', clientId: 'fault', logger: SILENT });
    openThings.push(log);
    const topic = 'thing.v1';
    await log.ensureTopics([{ name: topic, partitions: 3, retentionMs: 3_600_000 }]);
    const seen: LogRecord[] = [];
    const handle = async (batch: readonly LogRecord[]) => void seen.push(...batch);
    const subscription = await log.subscribe({ group: 'g', topics: [topic], handle });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    let acknowledged = 0;
    const publish = async () => {
      const value = `${acknowledged} ${randomBytes(2 * KB).toString('base64')}`;
      await log.publish(keys.map((key) => ({ topic, key, value, headers: {} })));
      acknowledged += 1;
    };

    await fill(2 * MB);
    await untilRefused(publish, { inARow: 4, withinMs: 40_000 });
    expect(acknowledged).toBeGreaterThan(10);
    // By itself: it has no other folder to go on with.
    await vi.waitFor(() => expect(signal('kafka-1', 'SIGCONT')).rejects.toThrow('kafka-1 does not run'), HEALED);

    await makeRoom();
    await start('kafka-1');
    await vi.waitFor(publish, HEALED);
    for (let more = 0; more < 20; more += 1) await publish();
    await vi.waitFor(async () => {
      for (const { committed, end } of await log.lag('g', [topic])) expect(committed).toBe(end);
    }, HEALED);
    expect(subscription.isAlive()).toBe(true);
    for (const key of keys) {
      const values = seen.filter((one) => one.key === key).map(({ value }) => Number.parseInt(value));
      expect([...new Set(values)]).toEqual(Array.from({ length: acknowledged }, (_, round) => round));
    }
  });

  test('of Redis: it is not believed, all do without, and it is used again by itself once it can write', async () => {
    const { env, start, stop } = await startOnDisk('redis', 'redis', 16 * MB);
    const told: string[] = [];
    const tell = (_: unknown, text?: string) => void told.push(text ?? '');
    const access = { nodes: [env.REDIS_NODES ?? ''], password: env.REDIS_PASSWORD, cluster: false };
    const open = () => openRedisProcess('full', () => connectRedis({ ...access, logger: { info: tell, warn: tell } }));
    const [one, two] = [await open(), await open()];
    openThings.push(one, two);
    let stored = 'old';
    const load = async () => stored;
    const read = async () => [await two.cache.getOrLoad('a', load, TTL), await one.cache.getOrLoad('a', load, TTL)];
    expect(await read()).toEqual(['old', 'old']);
    await buildTimeline(one.timelines, idOf(1), [idOf(2)]);
    const push = () => two.timelines.push([{ followerIds: [idOf(1)], entryIds: [idOf(3)] }]);
    let images = 0;
    const keepImage = async () => {
      const key = `image${(images += 1)}`;
      const { tickets } = await one.images.getMany([key]);
      await one.images.putIfNewer(key, 1n, 'x'.repeat(10 * KB), tickets);
    };

    await fill(256 * KB);
    const [first, ...others] = await untilRefused(keepImage, { inARow: 10, withinMs: 1_000 });
    expect(first).toMatch(/^Redis cannot serve now: MISCONF Errors writing to the AOF file: No space left on device/);
    expect(others.at(-1)).toBe('Redis is away');
    stored = 'new';
    await one.cache.delete(['a']);
    // The other one, which has met with no refusal yet, could still read in Redis what was not deleted there.
    expect(await read()).toEqual(['new', 'new']);
    await untilRefused(push, { inARow: 10, withinMs: 1_000 });
    await expect(one.images.invalidate(new Map([['a', 4n]]))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(readTimeline(one.timelines, idOf(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    await makeRoom();
    const served = new Set<string>();
    await vi.waitFor(async () => {
      for (const value of await read()) served.add(value);
      await Promise.all([push(), one.images.getMany(['any'])]);
    }, HEALED);
    expect(served).toEqual(new Set(['new']));
    // Away all the while, and said once by each.
    expect(told.sort().map((text) => text.split(';')[0])).toEqual([
      ...['Redis is away', 'Redis is away', 'Redis is back', 'Redis is back'],
    ]);
    await read();
    stored = 'newer';
    expect(await read()).toEqual(['new', 'new']);
    expect(await readTimeline(one.timelines, idOf(1))).toEqual([idOf(3), idOf(2)]);
    // What it wrote in the end is whole: it starts from it.
    await stop('redis');
    await start('redis');
    await vi.waitFor(push, HEALED);
  });

  test('of Elasticsearch, beyond its flood stage: writers pause, searches answer, and writers go on by themselves', async () => {
    const { env } = await startOnDisk('elasticsearch', 'elasticsearch', 700 * MB);
    const { ELASTICSEARCH_URL: url = '', ELASTICSEARCH_USERNAME: username = '' } = env;
    const indexes = openIndexes({ url, username, password: env.ELASTICSEARCH_PASSWORD ?? '' });
    openThings.push(indexes);
    const index = await indexes.open('full');
    let taken = 0;
    const write = async () => {
      await index.write([put(1, documentOf(taken, 'text'))]);
      taken += 1;
    };
    const newestFirst = () => Array.from({ length: taken }, (_, n) => id(n)).reverse();

    // It looks at its disk twice a minute.
    await fill(60 * MB);
    const said = await untilRefused(write, { inARow: 3, withinMs: 10_000, pauseMs: 200 });
    expect(said[0]).toMatch(/takes no writes: .*disk usage exceeded flood-stage watermark/);
    const bar = index.write([{ kind: 'deleteByKeyword', field: 'tag', keyword: 'gone' }]);
    await expect(bar).rejects.toMatchObject({ code: 'UNAVAILABLE', message: said[0]?.replace('-v1', '-barred') });
    expect(await found(index, { limit: 500 })).toEqual(newestFirst());

    await makeRoom();
    await vi.waitFor(write, HEALED);
    await vi.waitFor(async () => expect(await found(index, { limit: 500 })).toEqual(newestFirst()), HEALED);
  });
});
