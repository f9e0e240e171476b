import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceState } from '../provider.ts';
import { ServersError, reasonOf } from '../servers-error.ts';
import { enginesOf } from './engines-of.ts';
import { dataFolderOf, folderOf } from './installation.ts';
import { findProcess, stopInstance } from './instance.ts';
import { withLock } from './lock.ts';
import { openInstallation } from './open-installation.ts';
import { readRemembered } from './remembered.ts';
import { findRunning } from './running.ts';
import { settleAll } from './settle-all.ts';

/** Ends what runs of the installation in this folder, and nothing else; returns the names. Data stay. */
export async function stopServers(root: string, onWait: () => void): Promise<string[]> {
  if (!(await isThere(root))) return [];
  return withLock(root, onWait, async () => {
    const running = await findRunning(root);
    await settleAll(running.map(({ name }) => stopInstance(folderOf(root, name))));
    return running.map(({ name }) => name);
  });
}

/** Ends everything, and removes all but what was fetched: data, logs, configuration and passwords. */
export async function wipeServers(root: string, onWait: () => void): Promise<void> {
  await stopServers(root, onWait);
  const { dataFolders = {} } = (await readRemembered(root)) ?? {};
  const folders = Object.keys(dataFolders).map((name) => dataFolderOf({ root, dataFolders }, name));
  const files = ['engines', 'servers.env', 'secrets.json', 'installation.json'].map((name) => join(root, name));
  for (const path of [...folders, ...files]) await rm(path, { recursive: true, force: true });
}

/** Every process that was asked for, whether it runs, and whether it answers. */
export async function describeServers(root: string): Promise<InstanceState[]> {
  if ((await readRemembered(root)) === null) return [];
  const { installation, settings } = await openInstallation({ root });
  const engines = enginesOf(installation, settings.engines);
  const states = engines.flatMap(({ instances, check }) =>
    instances.map(async ({ name, port, ...instance }): Promise<InstanceState> => {
      const isRunning = (await findProcess(folderOf(root, name))) !== null;
      if (!isRunning) return { name, port, isRunning, problem: 'does not run' };
      // An instance may answer while its engine as a whole does not, as in a cluster.
      const problem = await Promise.all([instance.check(), check()]).then(() => null, reasonOf);
      return { name, port, isRunning, problem };
    }),
  );
  return Promise.all(states);
}

/** The log of an instance. */
export async function findLog(root: string, name: string): Promise<string> {
  const names = (await readdir(join(root, 'engines'), { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  if (names.includes(name)) return join(folderOf(root, name), 'log');
  throw new ServersError(
    names.length === 0
      ? 'No servers were ever started here: npm run servers -- up'
      : `There is no ${name} among the servers; there are ${names.join(', ')}.`,
  );
}

async function isThere(folder: string): Promise<boolean> {
  return readdir(folder).then(
    () => true,
    () => false,
  );
}
