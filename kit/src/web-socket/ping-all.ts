import type { WebSocket, WebSocketServer } from 'ws';

const PING_MS = 12_000;

/** Whoever has not answered the last ping is gone, whatever TCP still believes. To be ended by `clearInterval`. */
export function pingAll(sockets: WebSocketServer): NodeJS.Timeout {
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
