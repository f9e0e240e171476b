import type { Server } from 'node:http';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Logger } from '@starling/kit/logger.ts';
import { sockets as openSockets } from '@starling/kit/telemetry/metrics.ts';
import { carryProtocol } from '@starling/kit/web-socket/carry-protocol.ts';
import { pingAll } from '@starling/kit/web-socket/ping-all.ts';
import { createLiveSession, type LiveSession, type SessionOptions } from './live-session.ts';
import { createSocketOperations, type OperationOptions } from './socket-operations.ts';

export type WebSocketOptions = OperationOptions &
  SessionOptions & {
    server: Server;
    /** A client that does not read what it asked for loses its socket when so many bytes wait for it. */
    maxSocketBacklogBytes: number;
    logger: Logger;
  };

export type ServedSockets = {
  /**
   * Closes every socket with 1001, so that clients reconnect elsewhere: each as soon as its running queries and mutations are
   * answered. Resolves when all are gone.
   */
  close(): Promise<void>;
};

/** graphql-transport-ws at /graphql of an HTTP server. */
export function serveWebSocket(options: WebSocketOptions): ServedSockets {
  const { server, limits } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    path: '/graphql',
    maxPayload: limits.maxBodyBytes,
    handleProtocols,
  });
  const sessions = new Set<LiveSession>();
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
      sessions.add(session);
      socket.once('close', () => sessions.delete(session));
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
      sockets.close();
      await Promise.all([...sessions].map((session) => session.leave()));
    },
  };
}
