import { resolve } from 'node:path';
import { createComposeProvider } from '../compose/compose-provider.ts';
import { hasDocker } from '../compose/run-docker.ts';
import { createNativeProvider } from '../native/native-provider.ts';
import { findRunning } from '../native/running.ts';
import type { Provider } from '../provider.ts';
import { ServersError } from '../servers-error.ts';

export type ProviderFlags = { folder: string; native?: boolean };

/** Docker Compose where an engine answers, unless native servers run already or are asked for. */
export async function chooseProvider({ folder, native = false }: ProviderFlags): Promise<Provider> {
  const root = resolve(folder);
  const onWait = () => process.stderr.write('Another command works on these servers; waiting for it …\n');
  if (!native && (await findRunning(root)).length === 0 && (await hasDocker()))
    return createComposeProvider(root, onWait);
  if (process.platform !== 'linux')
    throw new ServersError('Native servers need Linux. Start Docker, and they run in containers.');
  return createNativeProvider(root, onWait);
}
