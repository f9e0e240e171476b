import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { portsAt, type Ports } from '@starling/infra/ports.ts';
import type { Environment } from '@starling/kit/config/read-config.ts';

export const SERVERS_FOLDER = '.starling/servers';

/** What the servers that are up have written of themselves. Rejects with what to do if there are none. */
export async function readServers(folder: string): Promise<Environment> {
  try {
    return parseEnv(await readFile(join(folder, 'servers.env'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`There are no servers in ${folder}. Bring them up first: npm run servers -- up`, { cause: error });
  }
}

export function portsOf(servers: Environment): Ports {
  return portsAt(Number(servers['SERVERS_PORT_OFFSET'] ?? 0));
}

/** The key that calls between the processes of one installation are signed with; made when first asked for. */
export async function readSigningKeys(folder: string, namespace: string): Promise<string> {
  const file = join(folder, `${namespace}.signing-keys`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(file, 'utf8');
}
