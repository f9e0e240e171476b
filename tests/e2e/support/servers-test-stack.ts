import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentName } from '@starling/kit/config/environment-name.ts';
import type { Environment } from '@starling/kit/config/read-config.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { connectStack } from '@starling/stack/servers/connect-stack.ts';
import { startConstellation } from '@starling/stack/servers/constellation.ts';
import { KINDS, type Kind } from '@starling/stack/servers/plan-processes.ts';
import { findServers, type Servers } from '../../support/servers.ts';
import { findTexts } from './database-scan.ts';
import { freePorts } from './free-ports.ts';
import { createNamespace, type Namespace } from './namespace.ts';
import type { Changes, TestStack } from './stack-under-test.ts';

const ONE_OF_EACH = Object.fromEntries(KINDS.map((kind) => [kind, 1])) as Record<Kind, number>;
/** Without a balancer nobody has to notice that a process stops. */
const AT_ONCE = { STARLING_NOTICE_MS: '0' };

/** One process of each kind, on the servers that run, under a namespace of its own. They end with this process, however it ends. */
export async function startServersTestStack(changes: Changes): Promise<TestStack> {
  const servers = await findServers();
  if (servers === null) throw new Error('There are no servers: npm run servers -- up');
  const namespace = createNamespace(servers);
  return runOn(servers, namespace, { ...AT_ONCE, ...environmentOf(changes) });
}

async function runOn(servers: Servers, namespace: Namespace, settings: Environment): Promise<TestStack> {
  const ports = await freePorts();
  const logs = await mkdtemp(join(tmpdir(), 'starling-processes-'));
  const level = process.env['LOG_LEVEL'] ?? 'error';
  const constellation = await startConstellation({
    servers: servers.env,
    namespace: namespace.name,
    counts: ONE_OF_EACH,
    ports,
    fronts: null,
    signingKeys: randomBytes(32).toString('base64url'),
    extra: { ...settings, LOG_LEVEL: level },
    logs,
  });
  const stop = async () => {
    await constellation.stop();
    await rm(logs, { recursive: true });
  };
  try {
    await constellation.ready();
    const port = ports.gateway[0]?.public ?? 0;
    const stack = await connectStack({
      env: constellation.env,
      port,
      logger: createLogger({ name: 'test', level }),
    });
    return {
      ...stack,
      kind: 'servers',
      databases: namespace.databases,
      findTexts: async (texts) => [
        ...(await findTexts(namespace.databases, texts)),
        ...(await namespace.findTexts(texts)),
      ],
      spoilSearch: namespace.spoilSearch,
      async stop() {
        await stack.stop();
        await stop();
        await namespace.remove();
      },
      async restart() {
        await stack.stop();
        await stop();
        return runOn(servers, namespace, settings);
      },
    };
  } catch (error) {
    await stop();
    await namespace.remove();
    throw error;
  }
}

/** `{ timeline: { kept: 20 } }` as TIMELINE_KEPT=20. */
function environmentOf({ stack, ...parts }: Changes): Environment {
  const entries = Object.entries({ ...parts, starling: stack ?? {} }).flatMap(([prefix, values]) =>
    Object.entries(values).map(([key, value]) => [environmentName(prefix, key), String(value)] as const),
  );
  return Object.fromEntries(entries);
}
