import type { Server } from 'node:http';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Logger } from '@starling/kit/logger.ts';
import { sockets as openSockets } from '@starling/kit/telemetry/metrics.ts';
import { carryProtocol } from '@starling/kit/web-socket/carry-protocol.ts';
import { farewell } from '@starling/kit/web-socket/close-socket.ts';
import { pingAll } from '@starling/kit/web-socket/ping-all.ts';
import { createLiveSession, type LiveSession, type SessionOptions } from './live-session.ts';
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
      openSockets.inc();
      socket.once('close', () => openSockets.dec());
      const session = createLiveSession(socket, request, options);
      carryProtocol(socket, (transport) => protocol.opened(transport, session), {
        maxBacklogBytes: options.maxSocketBacklogBytes,
        logger: options.logger,
      });
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
