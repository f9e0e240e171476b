import { once } from 'node:events';
import WebSocket from 'ws';

export type SocketMessage = { type: string; id?: string; payload?: unknown };
export type Closing = { code: number; reason: string };

/** A WebSocket without a client library's good manners. */
export type RawSocket = {
  send(message: SocketMessage | string): void;
  /** The next message. Rejects if the socket closes instead. */
  next(): Promise<SocketMessage>;
  /** How the door closed it. */
  closed: Promise<Closing>;
  close(): void;
};

export async function openRawSocket(
  port: number,
  { protocol = 'graphql-transport-ws', path = '/graphql' }: { protocol?: string; path?: string } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol);
  const messages: SocketMessage[] = [];
  let wake = () => {};
  let closing: Closing | null = null;
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as SocketMessage);
    wake();
  });
  const closed = new Promise<Closing>((resolve) =>
    socket.once('close', (code, reason) => {
      closing = { code, reason: reason.toString() };
      resolve(closing);
      wake();
    }),
  );
  await once(socket, 'open');
  return {
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async next() {
      for (;;) {
        const message = messages.shift();
        if (message) return message;
        if (closing) throw new Error(`The socket was closed: ${JSON.stringify(closing)}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    closed,
    close: () => socket.close(),
  };
}

/** A socket that has been let in. */
export async function greet(port: number, payload: Record<string, unknown> = {}): Promise<RawSocket> {
  const socket = await openRawSocket(port);
  socket.send({ type: 'connection_init', payload });
  const answer = await socket.next();
  if (answer.type !== 'connection_ack') throw new Error(`Not let in: ${JSON.stringify(answer)}`);
  return socket;
}
