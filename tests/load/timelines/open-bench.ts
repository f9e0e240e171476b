import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { composeId, type Id } from '@starling/domain/ids.ts';
import { startServers } from '@starling/infra/start-servers.ts';
import { systemCall } from '@starling/kit/call.ts';
import { connectRedis, type RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { timelineConfig, type TimelineConfig } from '@starling/timeline/config.ts';
import { fanOut } from '@starling/timeline/fan-out.ts';
import { EVERYTHING, type TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { createRedisTimelineStore } from '@starling/timeline/timeline-store/redis.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import type { Path } from '../paths/rounds.ts';

export type TimelineBench = { push: Path; bytesOfAList(): Promise<number>; close(): Promise<void> };

const AT_MS = Date.UTC(2026, 0, 1);
const AUTHOR = idAt(-1);
const CLIENTS = [1, 8, 50];
const PIPELINES = [16, 64];
const SILENT = { info: () => undefined, warn: () => undefined };

/** A Redis of its own with timelines at their full length, and plain lists of the same length for redis-benchmark. */
export async function openTimelineBench({
  lists,
  entries,
}: {
  lists: number;
  entries: number;
}): Promise<TimelineBench> {
  const root = await mkdtemp(join(tmpdir(), 'starling-bench-'));
  const servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: ['redis'] });
  const { REDIS_NODES: node = '', REDIS_PASSWORD: password = '' } = servers.env;
  const redis = await connectRedis({ nodes: [node], password, cluster: false, logger: SILENT });
  const config = timelineConfig.parse({});
  const store = createRedisTimelineStore({ ...config, redis, namespace: 'bench' });
  const viewers = Array.from({ length: lists }, (_, index) => idAt(index));
  const mint = createMint();
  await fillTimelines(store, viewers, Array.from({ length: config.kept }, mint));
  await fillLists(redis, lists, Array.from({ length: config.kept }, mint));
  return {
    push: {
      name: 'fan-out',
      baseline: 'redis-benchmark RPUSH, the fastest',
      settle: async () => undefined,
      ours: () => fanOutAll(store, config, { viewers, entryIds: Array.from({ length: entries }, mint) }),
      theirs: () => fastestRpush(node, password, { lists, pushes: lists * entries }),
      close: async () => undefined,
    },
    async bytesOfAList() {
      const [key = ''] = await redis.client.keys(`*home:${viewers[0]}`);
      return Number(await redis.client.memory('USAGE', key, 'SAMPLES', 0));
    },
    async close() {
      await store.close();
      await redis.close();
      await servers.stopAll();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function idAt(index: number): Id {
  return composeId({ atMs: AT_MS + index, node: 1, sequence: 0 });
}

/** Each id is later than the one before, and than every viewer's. */
function createMint(): () => Id {
  let minted = 0;
  return () => composeId({ atMs: AT_MS + 1e9 + (minted += 1), node: 1, sequence: 0 });
}

async function fillTimelines(store: TimelineStore, viewers: readonly Id[], ids: readonly Id[]): Promise<void> {
  for (const viewerId of viewers) {
    await store.begin(viewerId, { token: 't', followsRevision: 0n });
    await store.finish(viewerId, { token: 't', ids, completeFrom: EVERYTHING });
  }
}

/** Under the names that redis-benchmark gives its random keys. */
async function fillLists({ client }: RedisConnection, lists: number, ids: readonly Id[]): Promise<void> {
  for (let index = 0; index < lists; index += 1) await client.rpush(`key:${String(index).padStart(12, '0')}`, ...ids);
}

/** By the fan-out itself, from an entry on; nobody listens, and it is told followers as fast as it reads. */
async function fanOutAll(
  store: TimelineStore,
  config: TimelineConfig,
  { viewers, entryIds }: { viewers: readonly Id[]; entryIds: readonly Id[] },
): Promise<number> {
  const graph = {
    async *streamFollowers(_: unknown, { pageSize }: { pageSize: number }) {
      for (let start = 0; start < viewers.length; start += pageSize)
        yield { ids: viewers.slice(start, start + pageSize) };
    },
  };
  const pubsub = { publish: async () => undefined };
  // In one slice: what slices are for is that others go between them.
  const size = { ...config, followersASlice: viewers.length };
  const deps = { ...size, graph, store, keepsLists: true, pubsub, newsForMs: 0, now: Date.now };
  const began = performance.now();
  for (const entryId of entryIds)
    await fanOut(deps, systemCall('bench', { timeoutMs: 60_000 }), [
      { pushId: entryId, actorId: AUTHOR, entries: [{ entryId, at: 0 }], famousAtMs: 0, afterId: '', slice: 0 },
    ]);
  return (viewers.length * entryIds.length) / ((performance.now() - began) / 1_000);
}

async function fastestRpush(
  node: string,
  password: string,
  { lists, pushes }: { lists: number; pushes: number },
): Promise<number> {
  const [host = '', port = ''] = node.split(':');
  const rates: number[] = [];
  for (const clients of CLIENTS) {
    for (const pipeline of PIPELINES) {
      const flags = ['-h', host, '-p', port, '-a', password, '-r', String(lists), '-n', String(pushes), '--csv'];
      const shape = ['-c', String(clients), '-P', String(pipeline)];
      const command = ['RPUSH', 'key:__rand_int__', idAt(0)];
      const { stdout } = await promisify(execFile)('redis-benchmark', [...flags, ...shape, ...command]);
      rates.push(rateIn(stdout));
    }
  }
  return Math.max(...rates);
}

/** Requests a second, as its last line of CSV has it. */
function rateIn(csv: string): number {
  const rate = Number(csv.trim().split('\n').at(-1)?.split(',')[1]?.replaceAll('"', ''));
  if (!(rate > 0)) throw new Error(`redis-benchmark told no rate: ${csv}`);
  return rate;
}
