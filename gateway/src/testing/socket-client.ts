import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocket } from 'ws';

export type SocketMessage = { type: string; id?: string; payload?: unknown };

/** A client of the protocol that hides nothing: messages as they come, and how it ended. */
export type SocketClient = {
  send(message: object | string): void;
  /** The next message. Rejects if the socket closes first. */
  next(): Promise<SocketMessage>;
  closed: Promise<{ code: number; reason: string }>;
  close(): Promise<unknown>;
  socket: WebSocket;
};

const opened = new Set<WebSocket>();

/** Ends whatever a test has left open. */
export function endSockets(): void {
  for (const socket of opened) socket.terminate();
  opened.clear();
}

export async function openSocket(
  port: number,
  protocols: string[] = [GRAPHQL_TRANSPORT_WS_PROTOCOL],
): Promise<SocketClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, protocols);
  opened.add(socket);
  const messages: SocketMessage[] = [];
  const waiting: { resolve(message: SocketMessage): void; reject(error: Error): void }[] = [];
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as SocketMessage;
    const first = waiting.shift();
    if (first) first.resolve(message);
    else messages.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      for (const one of waiting.splice(0)) one.reject(new Error(`closed with ${code} ${reason.toString()}`));
      resolve({ code, reason: reason.toString() });
    });
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => undefined);
  return {
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next() {
      const first = messages.shift();
      if (first) return Promise.resolve(first);
      if (socket.readyState === WebSocket.CLOSED)
        return Promise.reject(new Error('closed, and nothing has come since'));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    closed,
    async close() {
      socket.close();
      return closed;
    },
    socket,
  };
}

/** Opens a socket and says hello, with a token if there is one. */
export async function connect(port: number, token?: string): Promise<SocketClient> {
  const client = await openSocket(port);
  client.send({ type: 'connection_init', ...(token && { payload: { Authorization: `Bearer ${token}` } }) });
  const answer = await client.next();
  if (answer.type !== 'connection_ack') throw new Error(`Expected connection_ack, got ${answer.type}`);
  return client;
}

export function subscribe(client: SocketClient, id: string, query: string, variables?: object): void {
  client.send({ type: 'subscribe', id, payload: { query, variables } });
}
