import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { SUBGRAPH_NAMES, type Ports } from '@starling/infra/ports.ts';

/** Ports for one process of each kind, or more workers, that nobody listens on now. */
export async function freePorts({ workers = 1 } = {}): Promise<Pick<Ports, 'gateway' | 'subgraphs' | 'workers'>> {
  const free = await Promise.all(Array.from({ length: 2 + 2 * SUBGRAPH_NAMES.length + workers }, openAnywhere));
  const next = (): number => free.pop()?.port ?? 0;
  const ports = {
    gateway: [{ public: next(), internal: next() }],
    subgraphs: Object.fromEntries(SUBGRAPH_NAMES.map((name) => [name, [{ http: next(), rpc: next() }]])),
    workers: Array.from({ length: workers }, next),
  };
  return ports as unknown as Pick<Ports, 'gateway' | 'subgraphs' | 'workers'>;
}

/** All are held at once, so that no two are the same. */
async function openAnywhere(): Promise<{ port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  setImmediate(() => server.close());
  return { port };
}
