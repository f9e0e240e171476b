import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServers, type Servers } from '@starling/infra/start-servers.ts';
import { connectRedis, type RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import { pinServers } from './pin.ts';

/** A Redis, or a Redis Cluster of three, that nobody else uses. */
export type OwnRedis = {
  connection: RedisConnection;
  /** `host:port` of one of its servers. */
  node: string;
  password: string;
  /** For people: which cores it has. */
  placement: string;
  /** Rewrites its log of commands, so that no rewrite falls into a measurement. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

const SILENT = { info: () => undefined, warn: () => undefined };
const COMMAND_MS = 60_000;

/** As production configures it, but for its memory, of which nothing is to be thrown out, and the moments of its rewrites. */
export async function startOwnRedis({ cluster }: { cluster: boolean }): Promise<OwnRedis> {
  const root = await mkdtemp(join(tmpdir(), 'starling-bench-'));
  const engine = cluster ? 'redis-cluster' : 'redis';
  const servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: [engine] });
  const stop = async () => {
    await servers.stopAll();
    await rm(root, { recursive: true, force: true });
  };
  try {
    return await connect(servers.env, { cluster, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(
  { REDIS_NODES = '', CLUSTER_NODES = '', REDIS_PASSWORD: password = '' }: Servers['env'],
  { cluster, stop }: { cluster: boolean; stop(): Promise<void> },
): Promise<OwnRedis> {
  const nodes = (cluster ? CLUSTER_NODES : REDIS_NODES).split(',');
  const connection = await connectRedis({ nodes, password, cluster, commandTimeoutMs: COMMAND_MS, logger: SILENT });
  const masters = connection.masters();
  for (const master of masters) await master.config('SET', 'maxmemory', '0', 'auto-aof-rewrite-percentage', '0');
  const pinning = await pinServers(await Promise.all(masters.map(processOf)));
  return {
    connection,
    node: nodes[0] ?? '',
    password,
    placement: pinning.told,
    async settle() {
      for (const master of masters) await rewriteLog(master);
    },
    async close() {
      await pinning.release();
      await connection.close();
      await stop();
    },
  };
}

type Server = ReturnType<RedisConnection['masters']>[number];

async function processOf(server: Server): Promise<number> {
  return Number(await infoOf(server, 'server', 'process_id'));
}

async function rewriteLog(server: Server): Promise<void> {
  await server.bgrewriteaof();
  do await delay(50);
  while ((await infoOf(server, 'persistence', 'aof_rewrite_in_progress')) !== '0');
}

async function infoOf(server: Server, section: string, field: string): Promise<string> {
  const line = (await server.info(section)).split('\r\n').find((each) => each.startsWith(`${field}:`));
  if (line === undefined) throw new Error(`Redis does not tell its ${field}.`);
  return line.slice(field.length + 1);
}
