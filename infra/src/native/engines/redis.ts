import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REDIS_LIST_NODES, REDIS_MEMORY } from '../../engines.ts';
import { checkRedis } from '../../health/redis.ts';
import { own } from '../account.ts';
import type { Engine, Installation } from '../installation.ts';
import type { Instance } from '../instance.ts';
import { findProgram } from '../prerequisites.ts';

/** One Redis that keeps its data. */
export function redisEngine({ ports, secrets }: Installation): Engine {
  const instance = redisInstance('redis', ports.redis, secrets.redis, []);
  return {
    name: 'redis',
    prerequisites: [() => findProgram('redis')],
    instances: [instance],
    up: (ensure) => ensure(instance),
    check: instance.check,
  };
}

/** Shared with Redis Cluster, whose nodes differ by the settings that are handed in. */
export function redisInstance(name: string, port: number, password: string, settings: readonly string[]): Instance {
  return {
    name,
    port,
    stopSignal: 'SIGTERM',
    check: () => checkRedis({ port, password }),
    async prepare({ folder, data, account }) {
      const file = join(folder, 'redis.conf');
      const lines = [
        ...[`port ${port}`, `dir ${data}`, `requirepass ${password}`, `masterauth ${password}`],
        ...COMMON_SETTINGS,
        ...settings,
      ];
      await writeFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o640 });
      await own(account, file);
      return { command: [await findProgram('redis'), file], env: { LANG: 'C.UTF-8' } };
    },
  };
}

const COMMON_SETTINGS = [
  'bind 127.0.0.1',
  'daemonize no',
  // Whatever has an expiry may be thrown out, the longest unread first: nothing in Redis is more than an image.
  `maxmemory ${REDIS_MEMORY}`,
  'maxmemory-policy volatile-lru',
  `list-max-listpack-size ${REDIS_LIST_NODES}`,
  'appendonly yes',
  'save ""',
];
