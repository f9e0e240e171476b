import { Redis } from 'ioredis';
import type { Servers } from '../../support/servers.ts';
import type { FoundText } from './stack-under-test.ts';

/** Keys of a namespace, which is in each of their names. */
export function redisIn(namespace: string, { nodes, password }: Servers['redis']) {
  const [host = '', port = ''] = nodes[0]?.split(':') ?? [];
  const onRedis = async <Result>(work: (redis: Redis) => Promise<Result>): Promise<Result> => {
    const redis = new Redis({ host, port: Number(port), password, lazyConnect: true });
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  };
  return {
    findTexts: (texts: readonly string[]): Promise<FoundText[]> =>
      onRedis(async (redis) => {
        const found: FoundText[] = [];
        for (const key of await keysOf(redis, namespace)) {
          const row = `${key}: ${await contentOf(redis, key)}`;
          for (const text of texts)
            if (row.toLowerCase().includes(text.toLowerCase())) found.push({ place: `redis.${key}`, text, row });
        }
        return found;
      }),
    remove: (): Promise<void> =>
      onRedis(async (redis) => {
        for (const key of await keysOf(redis, namespace)) await redis.unlink(key);
      }),
  };
}

async function keysOf(redis: Redis, namespace: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const some of redis.scanStream({ match: `*${namespace}*`, count: 1_000 }))
    for (const key of some as string[]) keys.add(key);
  return [...keys];
}

/** As text, byte by byte; of a key that has gone meanwhile nothing. */
async function contentOf(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.getBuffer(key))?.toString('latin1') ?? '';
    case 'list':
      return (await redis.lrangeBuffer(key, 0, -1)).map((value) => value.toString('latin1')).join(' ');
    case 'hash':
      return Object.entries(await redis.hgetallBuffer(key))
        .map(([field, value]) => `${field} ${value.toString('latin1')}`)
        .join(' ');
    case 'set':
      return (await redis.smembersBuffer(key)).map((value) => value.toString('latin1')).join(' ');
    case 'zset':
      return (await redis.zrangeBuffer(key, '0', '-1')).map((value) => value.toString('latin1')).join(' ');
    default:
      return '';
  }
}
