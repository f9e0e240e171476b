import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkRedisCluster, meetClusterNode, resetClusterNode } from '../../health/redis.ts';
import { ServersError, reasonOf } from '../../servers-error.ts';
import { type Engine, type Installation, folderOf } from '../installation.ts';
import { findProgram, requireTool } from '../prerequisites.ts';
import { runProgram } from '../run-program.ts';
import { redisInstance } from './redis.ts';

/** Three masters with a replica each. */
export function redisClusterEngine(installation: Installation): Engine {
  const { secrets, ports } = installation;
  const password = secrets.redis;
  const addresses = ports.redisCluster.map((port, index) => ({
    port,
    bus: ports.redisClusterBus[index] ?? 0,
    password,
  }));
  const nodes = addresses.map(({ port, bus }, index) =>
    redisInstance(`redis-cluster-${index}`, port, password, [...SETTINGS, `cluster-port ${bus}`]),
  );
  const check = async () => {
    await Promise.all(addresses.map((address) => checkRedisCluster(address, addresses.length)));
  };
  return {
    name: 'redis-cluster',
    prerequisites: [() => findProgram('redis'), () => requireTool('redis-cli', 'redis-tools')],
    instances: nodes,
    check,
    async up(ensure) {
      await Promise.all(nodes.map(ensure));
      const note = join(folderOf(installation.root, 'redis-cluster-0'), 'introduced');
      const introducedAt = await readIfThere(note);
      const at = ports.redisClusterBus.join();
      if (introducedAt === null) {
        // Half an introduction, cut off by a kill, is undone: nobody can have written anything yet.
        await Promise.all(addresses.map(resetClusterNode));
        await introduce(addresses, password);
      } else if (introducedAt !== at) await introduceAgain(addresses);
      await untilDone(check);
      if (introducedAt !== at) await writeFile(note, at);
    },
  };
}

const SETTINGS = [
  'cluster-enabled yes',
  'cluster-config-file nodes.conf',
  // A master that is away this long is replaced by its replica.
  'cluster-node-timeout 2000',
  'cluster-announce-ip 127.0.0.1',
];
const AGREED_WITHIN_MS = 60_000;

type Address = { port: number; bus: number; password: string };

async function introduce(addresses: readonly Address[], password: string): Promise<void> {
  const nodes = addresses.map(({ port, bus }) => `127.0.0.1:${port}@${bus}`);
  try {
    await runProgram('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-replicas', '1', '--cluster-yes'], {
      env: { ...process.env, REDISCLI_AUTH: password },
    });
  } catch (cause) {
    throw new ServersError(`The nodes do not form a Redis Cluster: ${reasonOf(cause)}`, { cause });
  }
}

/** For nodes that know each other, and look for each other at ports of before: whom the first has found the others hear of. */
async function introduceAgain([first, ...others]: readonly Address[]): Promise<void> {
  if (first === undefined) return;
  await Promise.all(others.map((other) => meetClusterNode(first, other)));
}

async function untilDone(check: () => Promise<void>): Promise<void> {
  const giveUpAt = Date.now() + AGREED_WITHIN_MS;
  for (;;) {
    try {
      return await check();
    } catch (cause) {
      if (Date.now() > giveUpAt)
        throw new ServersError(`The nodes of Redis Cluster run, and do not agree: ${reasonOf(cause)}.`, { cause });
    }
    await delay(100);
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
}
