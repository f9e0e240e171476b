import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRedis } from '../../health/redis.ts';
import { own } from '../account.ts';
import { findProgram } from '../prerequisites.ts';
import type { Instance } from '../instance.ts';
import { type Engine, type Installation, ensureRunning, prepareFolders } from '../installation.ts';

/** One Redis that keeps its data. */
export async function createRedis(installation: Installation): Promise<Engine> {
  const { ports, secrets } = installation;
  const { instance, prepare } = await createRedisInstance(installation, 'redis', ports.redis, []);
  const check = () => checkRedis({ port: ports.redis, password: secrets.redis });
  return { instances: [instance], check, up: () => ensureRunning(instance, prepare) };
}

/** Shared with Redis Cluster, whose nodes differ by the settings that are handed in. */
export async function createRedisInstance(
  installation: Installation,
  name: string,
  port: number,
  settings: readonly string[],
): Promise<{ instance: Instance; prepare: () => Promise<void> }> {
  const { secrets, account } = installation;
  const { folder, data } = await prepareFolders(installation, name);
  const file = join(folder, 'redis.conf');
  const instance: Instance = {
    name,
    folder,
    command: [await findProgram('redis'), file],
    env: { LANG: 'C.UTF-8' },
    account,
    stopSignal: 'SIGTERM',
    check: () => checkRedis({ port, password: secrets.redis }),
  };
  const configuration = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${data}`,
    `requirepass ${secrets.redis}`,
    `masterauth ${secrets.redis}`,
    'daemonize no',
    // Data that are still needed must not be thrown out: a full Redis refuses.
    'maxmemory-policy noeviction',
    'appendonly yes',
    'save ""',
    ...settings,
  ];
  const prepare = async () => {
    await writeFile(file, `${configuration.join('\n')}\n`, { mode: 0o640 });
    await own(account, file);
  };
  return { instance, prepare };
}
