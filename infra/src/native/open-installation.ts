import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINE_NAMES, type EngineName } from '../engines.ts';
import { portsAt } from '../ports.ts';
import { ServersError } from '../servers-error.ts';
import { checkReach, chooseAccount } from './account.ts';
import type { OnBytes } from './downloads.ts';
import { enginesOf } from './engines-of.ts';
import { type Installation, openForPassage } from './installation.ts';
import { findRunning } from './running.ts';
import { type Remembered, readRemembered, remember } from './remembered.ts';
import { readSecrets } from './secrets.ts';

/** The folder of the default installation: `.starling/servers` of this clone. */
export const DEFAULT_ROOT = fileURLToPath(new URL('../../../.starling/servers', import.meta.url));

export type OpenOptions = {
  /** Has everything of this installation. */
  root: string;
  /** See `portsAt`. This and what follows: by default as the installation was last brought up. */
  portOffset?: number | undefined;
  brokers?: 1 | 3 | undefined;
  engines?: readonly EngineName[] | undefined;
  /** The folder for the data of an instance (`kafka-1`, `postgres`, …), on another disk, say; made in it is `starling-<instance>`. */
  dataFolders?: Readonly<Record<string, string>> | undefined;
  /** Default that of this clone, so that all installations share what was fetched. */
  downloads?: string | undefined;
  onBytes?: OnBytes | undefined;
};

/** Settles what is asked for against what is remembered and what runs, and remembers it. */
export async function openInstallation(
  options: OpenOptions,
): Promise<{ installation: Installation; settings: Remembered }> {
  const root = resolve(options.root);
  const downloads = resolve(options.downloads ?? join(DEFAULT_ROOT, 'downloads'));
  const before = await readRemembered(root);
  const running = await findRunning(root);
  const settings = settle(options, before, running.length > 0);
  for (const folder of [root, downloads, ...Object.values(settings.dataFolders)])
    await mkdir(folder, { recursive: true });
  const installation: Installation = {
    root,
    downloads,
    account: null,
    ports: portsAt(settings.portOffset),
    secrets: await readSecrets(root),
    brokers: settings.brokers,
    dataFolders: settings.dataFolders,
    onBytes: options.onBytes ?? (() => undefined),
  };
  mustKnow(installation, Object.keys(settings.dataFolders));
  await remember(root, settings);
  return { installation, settings };
}

/** The installation as whoever may run its servers, once it is sure that they can read it. */
export async function withAccount(installation: Installation): Promise<Installation> {
  const { root, downloads, dataFolders } = installation;
  const account = await chooseAccount(root);
  if (account !== null)
    for (const folder of [dirname(dirname(downloads)), dirname(downloads), root, downloads])
      await openForPassage(folder);
  for (const folder of [root, downloads, ...Object.values(dataFolders)]) await checkReach(account, folder);
  return { ...installation, account };
}

function settle(options: OpenOptions, before: Remembered | null, isRunning: boolean): Remembered {
  const { portOffset = before?.portOffset ?? 0, brokers = before?.brokers ?? 1 } = options;
  const dataFolders = Object.fromEntries(
    Object.entries({ ...before?.dataFolders, ...options.dataFolders }).map(([name, path]) => [name, resolve(path)]),
  );
  if (isRunning && before !== null) {
    const isMoved = Object.entries(dataFolders).some(([name, path]) => before.dataFolders[name] !== path);
    if (portOffset !== before.portOffset || isMoved)
      throw new ServersError(
        `Servers are running on other ports (--port-offset ${before.portOffset}) or other folders. End them first: npm run servers -- down`,
      );
  }
  const asked = options.engines ?? before?.engines ?? ENGINE_NAMES;
  const kept = isRunning ? (before?.engines ?? []) : [];
  const engines = ENGINE_NAMES.filter((name) => asked.includes(name) || kept.includes(name));
  return { portOffset, brokers, engines, dataFolders };
}

function mustKnow(installation: Installation, names: readonly string[]): void {
  const known = enginesOf(installation).flatMap(({ instances }) => instances.map(({ name }) => name));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new ServersError(`There is no ${unknown.join(', ')} among the servers; there are ${known.join(', ')}.`);
}
