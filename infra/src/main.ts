import { startServers, DEFAULT_ROOT } from './start-servers.ts';
const servers = await startServers({
  root: DEFAULT_ROOT,
  onBytes: (w, d, t) => console.error(w, d, t),
  onReady: (e) => console.error('ready', e, performance.now()),
});
console.log(servers.instances.join(' '));
