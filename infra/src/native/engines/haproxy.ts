import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planOfSlots, renderHaproxy } from '../../haproxy.ts';
import { checkHaproxy } from '../../health/haproxy.ts';
import { own } from '../account.ts';
import type { Instance } from '../instance.ts';
import { type Engine, type Installation, ensureRunning, prepareFolders } from '../installation.ts';
import { findProgram } from '../prerequisites.ts';

/** The door before the gateways, and a front before each subgraph. */
export async function createHaproxy(installation: Installation): Promise<Engine> {
  const { ports, account } = installation;
  const program = await findProgram('haproxy');
  const { folder } = await prepareFolders(installation, 'haproxy');
  const file = join(folder, 'haproxy.cfg');
  const check = () => checkHaproxy(ports.haproxy.stats);
  const instance: Instance = {
    name: 'haproxy',
    folder,
    command: [program, '-db', '-f', file],
    env: { LANG: 'C.UTF-8' },
    account,
    stopSignal: 'SIGTERM',
    check,
  };
  const prepare = async () => {
    await writeFile(file, renderHaproxy(planOfSlots(ports)));
    await own(account, file);
  };
  return { instances: [instance], check, up: () => ensureRunning(instance, prepare) };
}
