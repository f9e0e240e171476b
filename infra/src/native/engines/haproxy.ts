import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planOfSlots, renderHaproxy } from '../../haproxy.ts';
import { checkHaproxy } from '../../health/haproxy.ts';
import { own } from '../account.ts';
import type { Engine, Installation } from '../installation.ts';
import type { Instance } from '../instance.ts';
import { findProgram } from '../prerequisites.ts';

/** The door before the gateways, and a front before each subgraph. */
export function haproxyEngine({ ports }: Installation): Engine {
  const instance: Instance = {
    name: 'haproxy',
    port: ports.haproxy.door,
    stopSignal: 'SIGTERM',
    check: () => checkHaproxy(ports.haproxy.stats),
    async prepare({ folder, account }) {
      const file = join(folder, 'haproxy.cfg');
      await writeFile(file, renderHaproxy(planOfSlots(ports)));
      await own(account, file);
      return { command: [await findProgram('haproxy'), '-db', '-f', file], env: { LANG: 'C.UTF-8' } };
    },
  };
  return {
    name: 'haproxy',
    prerequisites: [() => findProgram('haproxy')],
    instances: [instance],
    up: (ensure) => ensure(instance),
    check: instance.check,
  };
}
