import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

export type Balancer = {
  port: number;
  /** New connections go to this port of 127.0.0.1 from now on. */
  sendTo(port: number): void;
  close(): Promise<void>;
};

/** As much of a balancer as a client notices: each connection goes to whoever was ready when it came. */
export async function startBalancer(first: number): Promise<Balancer> {
  let target = first;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1');
    for (const one of [socket, upstream]) {
      sockets.add(one);
      one.once('close', () => sockets.delete(one));
    }
    // Either end may break off; the other one is told by its own end.
    pipeline(socket, upstream, () => undefined);
    pipeline(upstream, socket, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sendTo: (port) => void (target = port),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
