import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Redis } from 'ioredis';
import { startServers } from '@starling/infra/start-servers.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { metricsText } from '@starling/kit/telemetry/metrics.ts';
import { fanOutTopic } from '@starling/schema/events/fanout-v1.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { SLICES, TWEETS } from '@starling/timeline/push-records.ts';
import { openTestTimeline } from '@starling/timeline/testing/test-timeline.ts';
import type { Person, World } from '@starling/timeline/testing/world.ts';
import type { EventLogAdapter } from '../../conformance/event-log-adapters.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import { connectTo } from '../../support/redis.ts';

export type TimelinesOnRedis = Awaited<ReturnType<typeof openTimelinesOnRedis>>;

const NAMESPACE = 'lost';
const STATE = `{${NAMESPACE}:t}log`;
const HOME = 'query($first: Int!) { homeTimeline(first: $first) { edges { node { id } } } }';
const FOLDER = 'appendonlydir';

export type LostOptions = {
  log: EventLogAdapter;
  /** Of the subgraph. */
  settings?: Record<string, unknown>;
  retentionMs?: number;
};

/** The timeline subgraph and its consumers over a world and a log, on a Redis of its own whose log of commands can be cut short. */
export async function openTimelinesOnRedis(world: World, { log: logs, settings = {}, retentionMs }: LostOptions) {
  const root = await mkdtemp(join(tmpdir(), 'starling-lost-'));
  const servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: ['redis'] });
  const nodes = (servers.env.REDIS_NODES ?? '').split(',');
  const connection = await connectTo({ nodes, password: servers.env.REDIS_PASSWORD ?? '' }, false);
  const client = connection.client as Redis;
  const place = await logs.prepare();
  const log = await place.open();
  await log.ensureTopics(
    [tweetTopic, fanOutTopic].map((topic) => (retentionMs === undefined ? topic : { ...topic, retentionMs })),
  );
  const hooks: { beforeRead(options: Parameters<EventLog['read']>[0]): Promise<void> } = { beforeRead: async () => {} };
  const read: EventLog['read'] = async (options) => {
    await hooks.beforeRead(options);
    return log.read(options);
  };
  const timeline = await openTestTimeline(
    world,
    { ...SMALL, ...settings },
    { redis: { connection, namespace: NAMESPACE }, log: { ...log, read } },
  );
  for (const consumer of timeline.consumers) {
    if (consumer.topics.some((name) => [TWEETS.topic, SLICES.topic].includes(name))) await log.subscribe(consumer);
  }
  let published = 0;
  const data = join(root, 'engines', 'redis', 'data');
  const commands = join(data, FOLDER);

  return {
    hooks,
    log,
    homeOf: async (viewer: Person) => {
      const { data: answer } = await timeline.ask(viewer, HOME, { first: 100 });
      return answer.homeTimeline.edges.map(({ node }) => node.id);
    },
    /** Publishes what has happened in the world, and waits until all of it is pushed. */
    async deliver(): Promise<void> {
      await log.publish(world.events.slice(published));
      published = world.events.length;
      const lag = async () => {
        const lags = await Promise.all([TWEETS, SLICES].map(({ group, topic }) => log.lag(group, [topic])));
        return lags.flat().reduce((sum, { committed, end }) => sum + Number(end - committed), 0);
      };
      await expect.poll(lag).toBe(0);
    },
    /** Its lists are up to date, and it serves. */
    async believed(): Promise<void> {
      await expect
        .poll(async () => {
          const replication = await client.info('replication').catch(() => '');
          const tenure = /master_replid:(\w{16})/.exec(replication)?.[1] ?? 'none';
          const held = await connection.run(STATE, (redis) => redis.hget(STATE, 'tenure')).catch(() => 'away');
          return tenure === held;
        })
        .toBe(true);
    },
    state: () => client.hgetall(STATE),
    /** Bytes of the log of commands. */
    commandBytes: async () => (await stat(await incrementOf(commands))).size,
    /** Resolves once it has ended, and its port is free again. */
    async kill(): Promise<void> {
      await servers.signal('redis', 'SIGKILL');
      await servers.stop('redis');
      await expect.poll(() => isFree(servers.ports.redis)).toBe(true);
    },
    start: () => servers.start('redis'),
    keepCommands: () => cp(commands, join(root, 'kept'), { recursive: true, preserveTimestamps: true }),
    /** As if a crash had lost whatever lies beyond so many bytes. The server must not run. */
    async cutCommands(bytes: number): Promise<void> {
      await cp(join(root, 'kept'), commands, { recursive: true, force: true });
      await truncate(await incrementOf(commands), bytes);
    },
    async close(): Promise<void> {
      await timeline.close();
      await place.dispose();
      await connection.close();
      await servers.stopAll();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Slices of some pages, and many pushes a batch. */
const SMALL = {
  followersAPage: 5,
  followersASlice: 7,
  deliveriesAPush: 10,
  auditEveryMs: 0,
  collapseWithin: 0,
  kept: 200,
  trimAbove: 300,
};

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function incrementOf(folder: string): Promise<string> {
  const [name, ...more] = (await readdir(folder)).filter((file) => file.endsWith('.incr.aof'));
  if (name === undefined || more.length > 0) throw new Error('The log of commands is not one file');
  return join(folder, name);
}

/** How often home timelines have been read so far: from their lists, by building these anew, and without lists. */
export async function countReads(): Promise<{ materialised: number; built: number; primary: number }> {
  const text = await metricsText();
  const of = (source: string) =>
    Number(new RegExp(`^starling_timeline_reads_total\\{source="${source}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { materialised: of('materialised'), built: of('built'), primary: of('primary') };
}

export async function countReplayed(): Promise<number> {
  return Number(/^starling_timeline_replayed_records_total (\d+)$/m.exec(await metricsText())?.[1] ?? 0);
}
