import { mkdir } from 'node:fs/promises';
import type { EngineName } from './engines.ts';
import { enginesOf } from './native/engines-of.ts';
import { type Engine, type Installation, ensureRunning, folderOf } from './native/installation.ts';
import { type Instance, findProcess, stopInstance } from './native/instance.ts';
import { withLock } from './native/lock.ts';
import { type OpenOptions, openInstallation, withAccount } from './native/open-installation.ts';
import { signalTree } from './native/process-tree.ts';
import { settleAll } from './native/settle-all.ts';
import type { Ports } from './ports.ts';
import { ServersError } from './servers-error.ts';
import { type ServersEnv, serversEnv, writeServersEnv } from './servers-env.ts';

export type ServersOptions = OpenOptions & {
  /** Hears of each engine that answers. */
  onReady?: (engine: EngineName) => void;
  /** Hears that another start works on the same folder, and is waited for. */
  onWait?: () => void;
};

/** Native servers that answer. */
export type Servers = {
  ports: Ports;
  /** How they are reached; engines that were not asked for are left out. */
  env: Partial<ServersEnv>;
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

/** Adopts what runs already, starts the rest, and resolves when every engine answers. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  await mkdir(options.root, { recursive: true });
  return withLock(options.root, options.onWait ?? (() => undefined), async () => {
    const { installation: opened, settings } = await openInstallation(options);
    const installation = await withAccount(opened);
    const engines = enginesOf(installation, settings.engines);
    await checkPrerequisites(installation.root, engines);
    await settleAll(
      engines.map(async (engine) => {
        await engine.up((instance) => ensureRunning(installation, instance));
        options.onReady?.(engine.name);
      }),
    );
    const env = serversEnv(installation, settings);
    await writeServersEnv(installation.root, env);
    return handle(installation, env, engines);
  });
}

/** All that is missing is told at once, and before anything is started. What runs already needs nothing. */
async function checkPrerequisites(root: string, engines: readonly Engine[]): Promise<void> {
  const idle: Engine[] = [];
  for (const engine of engines) {
    const running = await Promise.all(engine.instances.map(({ name }) => findProcess(folderOf(root, name))));
    if (running.includes(null)) idle.push(engine);
  }
  await settleAll(idle.flatMap(({ prerequisites }) => prerequisites.map((check) => check())));
}

function handle(installation: Installation, env: Partial<ServersEnv>, engines: readonly Engine[]): Servers {
  const instances = engines.flatMap((engine) => engine.instances);
  const find = (name: string): Instance => {
    const instance = instances.find((one) => one.name === name);
    if (instance === undefined) throw new ServersError(`There is no ${name} among the servers.`);
    return instance;
  };
  const folder = (name: string) => folderOf(installation.root, find(name).name);
  return {
    ports: installation.ports,
    env,
    instances: instances.map(({ name }) => name),
    async signal(name, signal) {
      const running = await findProcess(folder(name));
      if (running === null) throw new ServersError(`${name} does not run.`);
      await signalTree(running.pid, signal);
    },
    start: (name) => ensureRunning(installation, find(name)),
    async stop(name) {
      await stopInstance(folder(name));
    },
    async stopAll() {
      await settleAll(instances.map(({ name }) => stopInstance(folder(name))));
    },
  };
}
