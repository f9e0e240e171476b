import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be closed and opened again at the same place, or answer nobody without closing. */
export type TcpDoor = {
  url: string;
  /** Nobody listens any more, and whoever is connected is thrown out. */
  shut(): Promise<void>;
  open(): Promise<void>;
  /** What comes in is taken, and nothing comes back. */
  freeze(): void;
  thaw(): void;
};

export async function openDoorTo(url: string): Promise<TcpDoor> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let [isFrozen, place] = [false, 0];
  let server: Server;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    if (isFrozen) socket.pause();
  };
  const open = async () => {
    server = createServer((inside) => {
      const outside = connect(Number(port), hostname);
      for (const socket of [inside, outside]) keep(socket);
      inside.pipe(outside).pipe(inside);
      inside.on('close', () => outside.destroy());
      outside.on('close', () => inside.destroy());
      if (isFrozen) inside.unpipe(outside);
    });
    server.listen(place, '127.0.0.1');
    await once(server, 'listening');
    ({ port: place } = server.address() as { port: number });
  };
  await open();
  return {
    url: `http://127.0.0.1:${place}`,
    open,
    async shut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    thaw() {
      isFrozen = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}
