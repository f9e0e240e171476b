import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Logger } from './logger.ts';

export type HttpServer = {
  server: Server;
  /** Resolves with the port; a busy port is told plainly. */
  listen(port: number, host: string): Promise<number>;
  /** From now on, every answer ends its connection: clients that go on asking connect anew, elsewhere. */
  keepNoConnection(): void;
  /** Takes no new connection, and resolves when every running request has been answered, or after `ms`. */
  finishRequests(ms: number): Promise<void>;
  /** Ends what is left. Sockets that were upgraded are to be closed before. */
  close(): Promise<void>;
};

/** Time to send a whole request: whoever is slower is no client but an attack. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than common proxies keep a connection to us, so that it is never us who close one in use. */
const KEEP_ALIVE_MS = 65_000;

/** An HTTP server that ends in order. Attach request listeners to `server`. */
export function createHttpServer(logger: Pick<Logger, 'error'>): HttpServer {
  const server: Server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Some clients offer HTTP/2 with each request (`Upgrade: h2c`), and are answered as if they had not.
    shouldUpgradeCallback: ({ headers }) =>
      headers.upgrade?.toLowerCase() === 'websocket' && server.listenerCount('upgrade') > 0,
  });
  const running = new Set<ServerResponse>();
  let closed: Promise<void> | null = null;
  let keepsConnections = true;

  server.on('request', (_request, response) => {
    running.add(response);
    response.once('close', () => running.delete(response));
    if (!keepsConnections) response.setHeader('connection', 'close');
  });
  const keepNoConnection = () => {
    keepsConnections = false;
    for (const response of running) if (!response.headersSent) response.setHeader('connection', 'close');
  };
  const stopListening = () => (closed ??= new Promise((resolve) => server.close(() => resolve())));

  return {
    server,
    listen: (port, host) => listen(server, port, host, logger),
    keepNoConnection,
    async finishRequests(ms) {
      keepNoConnection();
      void stopListening();
      const late = AbortSignal.timeout(ms);
      const answers = [...running].map((response) => new Promise<void>((resolve) => response.once('close', resolve)));
      await Promise.race([Promise.all(answers), new Promise((resolve) => late.addEventListener('abort', resolve))]);
    },
    async close() {
      const ended = stopListening();
      server.closeAllConnections();
      await ended;
    },
  };
}

function listen(server: Server, port: number, host: string, logger: Pick<Logger, 'error'>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const refuse = (error: NodeJS.ErrnoException) =>
    reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is in use. Choose another with --port.`) : error);
  server.once('error', refuse);
  server.listen(port, host, () => {
    server.off('error', refuse);
    server.on('error', (error) => logger.error({ error }, 'The HTTP server has an error'));
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : port);
  });
  return promise;
}
