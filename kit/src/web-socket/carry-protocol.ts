import { CloseCode, type Server } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Logger } from '../logger.ts';
import { closeSocket, GOING_AWAY, TRY_AGAIN_LATER } from './close-socket.ts';

export type CarryOptions = {
  /** A client that does not read what it asked for loses its socket when so many bytes wait for it. */
  maxBacklogBytes: number;
  logger: Pick<Logger, 'debug' | 'error'>;
};

type Open = Server<unknown>['opened'];

/** Carries graphql-transport-ws over one socket. Sending resolves when the bytes have left, so that nothing runs ahead of a slow client. */
export function carryProtocol(
  socket: WebSocket,
  open: (transport: Parameters<Open>[0]) => ReturnType<Open>,
  { maxBacklogBytes, logger }: CarryOptions,
): void {
  // A bad frame or a broken connection; ws closes the socket with the code that fits.
  socket.on('error', (error) => logger.debug({ error }, 'A socket has an error'));
  const refuseSluggish = () => {
    if (socket.bufferedAmount > maxBacklogBytes)
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
