import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Provider } from '../provider.ts';
import { startServers } from '../start-servers.ts';
import { describeServers, findLog, stopServers, wipeServers } from './operate.ts';

/** The servers as processes of this machine. `onWait` hears that another command works on the same folder. */
export function createNativeProvider(root: string, onWait: () => void): Provider {
  return {
    name: 'native processes',
    async up(options) {
      await startServers({ root, onWait, ...options });
    },
    down: () => stopServers(root, onWait),
    reset: () => wipeServers(root, onWait),
    status: () => describeServers(root),
    async logs(name, { follow, lines }) {
      const file = await findLog(root, name);
      const tail = spawn('tail', ['-n', String(lines), ...(follow ? ['-F'] : []), file], { stdio: 'inherit' });
      await once(tail, 'exit');
    },
  };
}
