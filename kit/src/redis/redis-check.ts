import { Redis } from 'ioredis';
import { StarlingError } from '../errors.ts';
import { parseNode, redisOptions, type RedisAccess } from './redis-options.ts';

/** Scripts and sharded channels are used as Redis 7 has them. */
const LEAST_MAJOR = 7;
const CHECK_MS = 3_000;

/**
 * Asks one of the nodes, the first that answers, who it is. Throws StarlingError UNAVAILABLE with one plain message if none
 * answers, if it refuses the password, is older than Redis 7, or is not of the mode that was configured.
 */
export async function checkServer(nodes: readonly string[], access: RedisAccess, isCluster: boolean): Promise<void> {
  const problems: string[] = [];
  for (const node of nodes) {
    const answer = await askInfo(node, access);
    if ('info' in answer) {
      const problem = problemOf(answer.info, isCluster);
      if (problem !== null) throw refused(`Redis at ${node} ${problem}`);
      return;
    }
    if (isRefusal(answer.error)) throw refused(`Redis at ${node} refuses the user name or password`, answer.error);
    problems.push(`${node} (${answer.error.message})`);
  }
  throw refused(`Redis cannot be reached at ${problems.join(', ')}`);
}

function problemOf(info: string, isCluster: boolean): string | null {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
  if (!(Number.parseInt(version, 10) >= LEAST_MAJOR))
    return `is version ${version}; version ${LEAST_MAJOR} or newer is needed`;
  const isServerCluster = /^redis_mode:cluster/m.test(info);
  if (isServerCluster === isCluster) return null;
  return isServerCluster
    ? 'is a node of a Redis Cluster, and a single server is configured (REDIS_CLUSTER=true is missing)'
    : 'is a single server, and a Redis Cluster is configured (REDIS_CLUSTER=true is wrong)';
}

async function askInfo(node: string, access: RedisAccess): Promise<{ info: string } | { error: Error }> {
  const client = new Redis({
    ...redisOptions(access, CHECK_MS),
    ...parseNode(node),
    enableReadyCheck: false,
    retryStrategy: null,
  });
  const errors: Error[] = [];
  client.on('error', (error: Error) => errors.push(error));
  try {
    await client.connect();
    return { info: await client.info('server') };
  } catch (error) {
    return { error: errors[0] ?? (error instanceof Error ? error : new Error(String(error))) };
  } finally {
    client.disconnect();
  }
}

function isRefusal({ message }: Error): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM)|invalid password/.test(message);
}

function refused(message: string, cause?: Error): StarlingError {
  return new StarlingError('UNAVAILABLE', message, {}, cause ? { cause } : undefined);
}
