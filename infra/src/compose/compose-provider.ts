import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planOfSlots, renderHaproxy } from '../haproxy.ts';
import { enginesOf } from '../native/engines-of.ts';
import type { Engine, Installation } from '../native/installation.ts';
import type { Instance } from '../native/instance.ts';
import { withLock } from '../native/lock.ts';
import { type OpenOptions, openInstallation } from '../native/open-installation.ts';
import { readRemembered } from '../native/remembered.ts';
import { settleAll } from '../native/settle-all.ts';
import type { Provider } from '../provider.ts';
import { ServersError, reasonOf } from '../servers-error.ts';
import { serversEnv, writeServersEnv } from '../servers-env.ts';
import { composeVariables } from './compose-variables.ts';
import { readDocker, runDocker } from './run-docker.ts';

export const COMPOSE_FILE = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url));
const PROJECT = 'starling';

/** The servers as containers of docker-compose.yml, on the same ports; services are named as native processes are. */
export function createComposeProvider(root: string, onWait: () => void): Provider {
  return {
    name: 'Docker Compose',
    async up(options) {
      if (Object.keys(options.dataFolders ?? {}).length > 0)
        throw new ServersError('Containers keep their data in volumes: --data goes with --native.');
      await mkdir(root, { recursive: true });
      await withLock(root, onWait, async () => {
        const { installation, settings } = await openInstallation({ root, ...options });
        const engines = enginesOf(installation, settings.engines);
        await startContainers(installation, namesOf(engines));
        await settleAll(
          engines.map(async ({ name, check }) => {
            await check();
            options.onReady(name);
          }),
        );
        await writeServersEnv(root, serversEnv(installation, settings));
      });
    },
    async down() {
      const services = namesOf(await readEngines(root));
      await removeContainers(services);
      return services;
    },
    async reset() {
      const services = namesOf(await readEngines(root));
      await removeContainers(services);
      await removeVolumes(services);
      for (const name of ['servers.env', 'secrets.json', 'installation.json', 'haproxy.cfg'])
        await rm(join(root, name), { force: true });
    },
    async status() {
      const engines = await readEngines(root);
      const running = (await readDocker(compose('ps', '--services', '--status', 'running'))).split('\n');
      return Promise.all(
        instancesOf(engines).map(async ({ name, port, check }) => {
          const isRunning = running.includes(name);
          const problem = isRunning ? await check().then(() => null, reasonOf) : 'does not run';
          return { name, port, isRunning, problem };
        }),
      );
    },
    logs: (name, { follow, lines }) =>
      runDocker(compose('logs', '--tail', String(lines), ...(follow ? ['--follow'] : []), name)),
  };
}

/** Resolves when Docker finds all of them healthy. */
async function startContainers(installation: Installation, services: readonly string[]): Promise<void> {
  const haproxyConfig = join(installation.root, 'haproxy.cfg');
  await writeFile(haproxyConfig, renderHaproxy(planOfSlots(installation.ports)));
  const variables = composeVariables(installation, haproxyConfig);
  await runDocker(compose('up', '--detach', '--wait', ...services), variables);
  if (services.includes('redis-cluster-0'))
    await runDocker(compose('run', '--rm', '--no-deps', 'redis-cluster-init'), variables);
}

async function removeContainers(services: readonly string[]): Promise<void> {
  if (services.length > 0) await runDocker(compose('rm', '--stop', '--force', ...services));
}

async function removeVolumes(services: readonly string[]): Promise<void> {
  const ours = services.map((service) => `${PROJECT}_${service}-data`);
  const present = (await readDocker(['volume', 'ls', '--quiet'])).split('\n').filter((name) => ours.includes(name));
  if (present.length > 0) await runDocker(['volume', 'rm', ...present]);
}

async function readEngines(root: string): Promise<Engine[]> {
  if ((await readRemembered(root)) === null) return [];
  const options: OpenOptions = { root };
  const { installation, settings } = await openInstallation(options);
  return enginesOf(installation, settings.engines);
}

function instancesOf(engines: readonly Engine[]): Instance[] {
  return engines.flatMap(({ instances }) => instances);
}

function namesOf(engines: readonly Engine[]): string[] {
  return instancesOf(engines).map(({ name }) => name);
}

function compose(...args: readonly string[]): string[] {
  return ['compose', '--file', COMPOSE_FILE, '--project-name', PROJECT, '--profile', 'servers', ...args];
}
