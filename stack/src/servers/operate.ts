import { join } from 'node:path';
import { SLOTS } from '@starling/infra/ports.ts';
import type { Environment } from '@starling/kit/config/read-config.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { Stack } from '../start-stack.ts';
import { connectStack } from './connect-stack.ts';
import { serversEnvironment } from './constellation.ts';
import { KINDS, rpcTargets, subgraphUrls, type Kind } from './plan-processes.ts';
import { portsOf, readServers, readSigningKeys } from './servers-folder.ts';

export type OperateOptions = {
  /** Folder of the servers that `npm run servers -- up` brought up. */
  folder: string;
  namespace: string;
  redisCluster: boolean;
  logger: Logger;
};

export type OperatedInstallation = {
  stack: Stack;
  /** Folder that remembers how its community came to be. */
  founded: string;
};

/**
 * An installation that runs, for operators. Processes that were started otherwise than by `start:servers` are found by the
 * environment: if it names Kafka, it names everything, as for any process.
 */
export async function operateInstallation(options: OperateOptions): Promise<OperatedInstallation> {
  const { folder, namespace, logger } = options;
  if (process.env['KAFKA_BROKERS'])
    return { stack: await connectStack({ env: process.env, port: 0, logger }), founded: foundedIn(folder, namespace) };
  const servers = await readServers(folder);
  const ports = portsOf(servers);
  // Whichever of them run: a call goes to one that answers.
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, SLOTS])) as Record<Kind, number>;
  const env: Environment = {
    ...serversEnvironment({ ...options, servers, signingKeys: await readSigningKeys(folder, namespace) }),
    ...rpcTargets({ counts, ports }),
    ...subgraphUrls({ ports, fronts: ports.haproxy.fronts }),
  };
  return {
    stack: await connectStack({ env, port: ports.haproxy.door, logger }),
    founded: foundedIn(folder, namespace),
  };
}

export function foundedIn(folder: string, namespace: string): string {
  return join(folder, `${namespace}.community`);
}
