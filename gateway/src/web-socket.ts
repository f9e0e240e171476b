import type { Server } from 'node:http';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '@starling/kit/logger.ts';
import { createLiveSession, closeSocket, type LiveSession, type SessionOptions } from './live-session.ts';
import { createSocketOperations, type OperationOptions } from './socket-operations.ts';

export type WebSocketOptions = OperationOptions &
  SessionOptions & {
    server: Server;
    /** A client that does not read what it asked for loses its socket when so many bytes wait for it. */
    maxSocketBacklogBytes: number;
    /** Time for clients to answer a close frame. Default 2 s. */
    goodbyeMs?: number;
    logger: Logger;
  };

export type ServedSockets = {
  /** Closes every socket with 1001, so that clients reconnect elsewhere; resolves when all are gone. */
  close(): Promise<void>;
};

const PING_MS = 12_000;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

/** graphql-transport-ws at /graphql of an HTTP server. */
export function serveWebSocket(options: WebSocketOptions): ServedSockets {
  const { server, limits, goodbyeMs = 2_000 } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    path: '/graphql',
    maxPayload: limits.maxBodyBytes,
    handleProtocols,
  });
  const operations = createSocketOperations(options);
  const protocol = makeServer<Record<string, unknown> | undefined, LiveSession>({
    onConnect: ({ connectionParams, extra }) =>
      extra.admit(connectionParams?.['Authorization'] ?? connectionParams?.['authorization']),
    ...operations,
  });
  server.on('upgrade', (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const session = createLiveSession(socket, request, options);
      connect(socket, (transport) => protocol.opened(transport, session), options);
    });
  });
  const pinging = pingAll(sockets);
  return {
    async close() {
      clearInterval(pinging);
      const gone = [...sockets.clients].map((socket) => farewell(socket, goodbyeMs));
      sockets.close();
      await Promise.all(gone);
    },
  };
}

type Protocol = ReturnType<typeof makeServer<Record<string, unknown> | undefined, LiveSession>>;
type Transport = Parameters<Protocol['opened']>[0];

/** Carries the protocol over one socket. Sending resolves when the bytes have left, so that nothing runs ahead of a slow client. */
function connect(
  socket: WebSocket,
  open: (transport: Transport) => ReturnType<Protocol['opened']>,
  { maxSocketBacklogBytes, logger }: Pick<WebSocketOptions, 'maxSocketBacklogBytes' | 'logger'>,
): void {
  // A bad frame or a broken connection; ws closes the socket with the code that fits.
  socket.on('error', (error) => logger.debug({ error }, 'A socket has an error'));
  const refuseSluggish = () => {
    if (socket.bufferedAmount > maxSocketBacklogBytes)
      closeSocket(socket, TRY_AGAIN_LATER, 'RATE_LIMITED: You ask faster than you read.');
  };
  socket.on('message', refuseSluggish);
  socket.on('ping', refuseSluggish);
  const closed = open({
    protocol: socket.protocol,
    send: (data) => new Promise((resolve) => socket.send(data, () => resolve())),
    close: (code, reason) => closeSocket(socket, code ?? GOING_AWAY, reason ?? ''),
    onMessage: (handle) =>
      socket.on('message', (data: Buffer) => {
        // What still comes while it closes is not for us to do any more.
        if (socket.readyState !== WebSocket.OPEN) return;
        handle(data.toString()).catch((error: unknown) => {
          logger.error({ error }, 'A message on a socket could not be handled');
          closeSocket(socket, CloseCode.InternalServerError, 'INTERNAL: Internal error');
        });
      }),
  });
  socket.once('close', (code, reason) => void closed(code, reason.toString()));
}

/** Whoever has not answered the last ping is gone, whatever TCP still believes. */
function pingAll(sockets: WebSocketServer): NodeJS.Timeout {
  const silent = new WeakSet<WebSocket>();
  return setInterval(() => {
    for (const socket of sockets.clients) {
      if (silent.has(socket)) {
        socket.terminate();
        continue;
      }
      silent.add(socket);
      socket.once('pong', () => silent.delete(socket));
      socket.ping();
    }
  }, PING_MS).unref();
}

function farewell(socket: WebSocket, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => socket.terminate(), ms);
    socket.once('close', () => {
      clearTimeout(impatient);
      resolve();
    });
    closeSocket(socket, GOING_AWAY, 'Going away');
  });
}
