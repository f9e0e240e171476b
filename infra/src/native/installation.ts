import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EngineName } from '../engines.ts';
import type { Ports } from '../ports.ts';
import { type Account, own } from './account.ts';
import type { OnBytes } from './downloads.ts';
import { type Folders, type Instance, awaitInstance, EndedError, findProcess, startInstance } from './instance.ts';
import type { Secrets } from './secrets.ts';

/** Native servers that belong together: one topology on its own ports, in its own folder. */
export type Installation = {
  root: string;
  /** What was fetched; installations share it. */
  downloads: string;
  ports: Ports;
  secrets: Secrets;
  account: Account;
  brokers: 1 | 3;
  /** Where the data of an instance lies, if not beside its configuration: on another disk, say. */
  dataFolders: Readonly<Record<string, string>>;
  onBytes: OnBytes;
};

/** A kind of server, as one installation runs it. Creating it does nothing yet. */
export type Engine = {
  name: EngineName;
  /** Each rejects, saying how it is installed, if something is missing. */
  prerequisites: readonly (() => Promise<unknown>)[];
  instances: readonly Instance[];
  /** Brings up what does not run, by the function that is handed in; resolves when all of it answers. */
  up(ensure: (instance: Instance) => Promise<void>): Promise<void>;
  /** Rejects, saying why, while one of it does not answer. */
  check(): Promise<void>;
};

export function folderOf(root: string, instance: string): string {
  return join(root, 'engines', instance);
}

/** Its data; what is placed elsewhere has a folder of its own there, so that wiping it takes nothing else along. */
export function dataFolderOf({ root, dataFolders }: Pick<Installation, 'root' | 'dataFolders'>, name: string): string {
  const elsewhere = dataFolders[name];
  return elsewhere === undefined ? join(folderOf(root, name), 'data') : join(elsewhere, `starling-${name}`);
}

type Place = Pick<Installation, 'root' | 'account' | 'dataFolders'>;

/** Adopts the instance if it runs, else starts it, also if it was just ending. Resolves when it answers. */
export async function ensureRunning(installation: Place, instance: Instance): Promise<void> {
  const folder = folderOf(installation.root, instance.name);
  if ((await findProcess(folder)) !== null) {
    try {
      return await awaitInstance(instance, folder);
    } catch (error) {
      if (!(error instanceof EndedError)) throw error;
    }
  }
  await startInstance(instance, await prepareFolders(installation, instance.name));
}

async function prepareFolders(installation: Place, name: string): Promise<Folders> {
  const { root, account } = installation;
  const folder = folderOf(root, name);
  const data = dataFolderOf(installation, name);
  await mkdir(dirname(folder), { recursive: true });
  for (const path of [folder, data]) await mkdir(path, { recursive: true, mode: 0o750 });
  await own(account, folder, data);
  return { folder, data, account };
}

/** Lets the account pass through a folder of ours that was made for one user alone. */
export async function openForPassage(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  if (uid === process.getuid?.() && (mode & 0o011) !== 0o011) await chmod(folder, (mode & 0o7777) | 0o011);
}
