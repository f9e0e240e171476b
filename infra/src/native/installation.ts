import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import { type Account, own } from './account.ts';
import type { OnBytes } from './downloads.ts';
import { type Instance, findInstance, startInstance, waitUntilReady } from './instance.ts';
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

/** A kind of server, as one installation runs it. */
export type Engine = {
  /** Brings up what does not run; resolves when all of it answers. */
  up(): Promise<void>;
  /** Rejects, saying why, while one of it does not answer. */
  check(): Promise<void>;
  /** In the order in which they are stopped. */
  instances: readonly Instance[];
};

/** The folder of an instance, and the one of its data; both belong to the account. */
export async function prepareFolders(
  { root, account, dataFolders }: Installation,
  name: string,
): Promise<{ folder: string; data: string }> {
  const engines = join(root, 'engines');
  await mkdir(engines, { recursive: true });
  const folder = join(engines, name);
  const data = dataFolders[name] ?? join(folder, 'data');
  for (const path of [folder, data]) await mkdir(path, { recursive: true, mode: 0o750 });
  await own(account, folder, data);
  return { folder, data };
}

/** Adopts the instance if it runs; else prepares and starts it. Resolves when it answers. */
export async function ensureRunning(instance: Instance, prepare: () => Promise<void>): Promise<void> {
  if ((await findInstance(instance)) === null) {
    await prepare();
    await startInstance(instance);
  } else {
    await waitUntilReady(instance, async () =>
      (await findInstance(instance)) === null ? 'It ended while it was waited for.' : null,
    );
  }
}
