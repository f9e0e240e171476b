import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINE_NAMES, type EngineName } from './engines.ts';
import { checkReach, chooseAccount } from './native/account.ts';
import type { OnBytes } from './native/downloads.ts';
import { createElasticsearch } from './native/engines/elasticsearch.ts';
import { createHaproxy } from './native/engines/haproxy.ts';
import { createKafka } from './native/engines/kafka.ts';
import { createPostgres } from './native/engines/postgres.ts';
import { createRedisCluster } from './native/engines/redis-cluster.ts';
import { createRedis } from './native/engines/redis.ts';
import { type Instance, findInstance, signalGroup, startInstance, stopInstance } from './native/instance.ts';
import type { Engine, Installation } from './native/installation.ts';
import { readSecrets } from './native/secrets.ts';
import { type Ports, portsAt } from './ports.ts';
import { ServersError } from './servers-error.ts';
import { type ServersEnv, renderEnv, serversEnv } from './servers-env.ts';

/** The folder of the default installation: `.starling/servers` of this clone. */
export const DEFAULT_ROOT = fileURLToPath(new URL('../../.starling/servers', import.meta.url));

export type ServersOptions = {
  /** Has everything of this installation. */
  root: string;
  /** See `portsAt`. */
  portOffset?: number;
  /** Default 1. */
  brokers?: 1 | 3;
  /** Default all. */
  engines?: readonly EngineName[];
  /** Where the data of an instance (`kafka-1`, `postgres`, …) lies; default in `root`. */
  dataFolders?: Readonly<Record<string, string>>;
  /** Default that of this clone, so that every installation shares what was fetched. */
  downloads?: string;
  onBytes?: OnBytes;
  /** Hears of each engine that answers. */
  onReady?: (engine: EngineName) => void;
};

/** Native servers that answer. */
export type Servers = {
  ports: Ports;
  env: ServersEnv;
  /** Names of the processes, such as `kafka-1`. */
  instances: readonly string[];
  /** Sends a signal to one process and its children: SIGKILL, SIGSTOP, SIGCONT. */
  signal(instance: string, signal: NodeJS.Signals): Promise<void>;
  /** Starts one process that was killed or stopped; resolves when it answers. */
  start(instance: string): Promise<void>;
  /** Ends one process tidily. */
  stop(instance: string): Promise<void>;
  /** Ends all of them; their data stay. */
  stopAll(): Promise<void>;
};

const CREATE: Readonly<Record<EngineName, (installation: Installation) => Promise<Engine>>> = {
  postgres: createPostgres,
  redis: createRedis,
  'redis-cluster': createRedisCluster,
  kafka: createKafka,
  elasticsearch: createElasticsearch,
  haproxy: createHaproxy,
};

/** Adopts what runs already, starts the rest, and resolves when every engine answers. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { portOffset = 0, brokers = 1, engines = ENGINE_NAMES, onReady } = options;
  const installation = await openInstallation(options);
  const { root, ports, secrets } = installation;
  const started = await settleAll(
    engines.map(async (name) => {
      const engine = await CREATE[name](installation);
      await engine.up();
      onReady?.(name);
      return engine;
    }),
  );
  const env = serversEnv(ports, secrets, brokers, portOffset);
  await writeFile(join(root, 'servers.env.new'), renderEnv(env), { mode: 0o600 });
  await rename(join(root, 'servers.env.new'), join(root, 'servers.env'));
  return handle(
    ports,
    env,
    started.flatMap(({ instances }) => instances),
  );
}

async function openInstallation(options: ServersOptions): Promise<Installation> {
  const root = resolve(options.root);
  const downloads = resolve(options.downloads ?? join(DEFAULT_ROOT, 'downloads'));
  for (const folder of [root, downloads]) await mkdir(folder, { recursive: true });
  const account = await chooseAccount(root);
  if (account !== null) {
    // Starling's own folders may have been made for one user only; to pass through is all the servers need.
    for (const folder of [root, downloads, dirname(DEFAULT_ROOT)]) await chmod(folder, 0o755);
  }
  for (const folder of [root, downloads]) await checkReach(account, folder);
  return {
    root,
    downloads,
    account,
    ports: portsAt(options.portOffset),
    secrets: await readSecrets(root),
    brokers: options.brokers ?? 1,
    dataFolders: options.dataFolders ?? {},
    onBytes: options.onBytes ?? (() => undefined),
  };
}

function handle(ports: Ports, env: ServersEnv, instances: readonly Instance[]): Servers {
  const find = (name: string) => {
    const instance = instances.find((one) => one.name === name);
    if (instance === undefined) throw new ServersError(`There is no ${name} among the servers.`);
    return instance;
  };
  return {
    ports,
    env,
    instances: instances.map(({ name }) => name),
    signal: async (name, signal) => {
      const running = await findInstance(find(name));
      if (running === null) throw new ServersError(`${name} does not run.`);
      signalGroup(running, signal);
    },
    start: async (name) => {
      const instance = find(name);
      if ((await findInstance(instance)) === null) await startInstance(instance);
    },
    stop: (name) => stopInstance(find(name)),
    stopAll: async () => {
      await settleAll(instances.map(stopInstance));
    },
  };
}

/** Like Promise.all, but waits for all of them before it rejects, and tells every reason. */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const reasons = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as Error);
  if (reasons.length > 1) throw new ServersError(reasons.map(({ message }) => message).join('\n'), { cause: reasons });
  if (reasons[0] !== undefined) throw reasons[0];
  return results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
}
