import { checkRedisCluster, isInCluster } from '../../health/redis.ts';
import { ServersError, reasonOf } from '../../servers-error.ts';
import { waitUntilReady } from '../instance.ts';
import { type Engine, type Installation, ensureRunning } from '../installation.ts';
import { runProgram } from '../run-program.ts';
import { createRedisInstance } from './redis.ts';

/** Three masters with a replica each. */
export async function createRedisCluster(installation: Installation): Promise<Engine> {
  const { secrets, ports } = installation;
  const nodes = await Promise.all(
    ports.redisCluster.map((port, index) =>
      createRedisInstance(installation, `redis-cluster-${index}`, port, SETTINGS),
    ),
  );
  const addresses = ports.redisCluster.map((port) => ({ port, password: secrets.redis }));
  const check = async () => {
    await Promise.all(addresses.map((address) => checkRedisCluster(address, addresses.length)));
  };
  const up = async () => {
    await Promise.all(nodes.map(({ instance, prepare }) => ensureRunning(instance, prepare)));
    const isKnown = await Promise.all(addresses.map(isInCluster));
    if (!isKnown.includes(true)) await introduce(installation);
    const [first] = nodes;
    if (first !== undefined) await waitUntilReady({ ...first.instance, check }, async () => null);
  };
  return { instances: nodes.map(({ instance }) => instance), check, up };
}

const SETTINGS = [
  'cluster-enabled yes',
  'cluster-config-file nodes.conf',
  // A master that is away this long is replaced by its replica.
  'cluster-node-timeout 2000',
  'cluster-announce-ip 127.0.0.1',
];

async function introduce({ ports, secrets }: Installation): Promise<void> {
  const nodes = ports.redisCluster.map((port) => `127.0.0.1:${port}`);
  try {
    await runProgram('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-replicas', '1', '--cluster-yes'], {
      env: { ...process.env, REDISCLI_AUTH: secrets.redis },
    });
  } catch (cause) {
    throw new ServersError(`The nodes do not form a Redis Cluster: ${reasonOf(cause)}`, { cause });
  }
}
