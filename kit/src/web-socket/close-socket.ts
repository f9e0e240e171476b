import type { WebSocket } from 'ws';

/** Come again at once, elsewhere. */
export const GOING_AWAY = 1001;
export const TRY_AGAIN_LATER = 1013;

/** A close frame has room for 123 bytes of reason. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  const bytes = Buffer.from(reason);
  socket.close(code, bytes.length <= 123 ? bytes : reason.slice(0, 40));
}

/** Closes with 1001; resolves when the socket is gone, cut off if its peer does not answer within `patienceMs`. */
export function farewell(socket: WebSocket, patienceMs: number): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    const impatient = setTimeout(() => socket.terminate(), patienceMs);
    socket.once('close', () => {
      clearTimeout(impatient);
      resolve();
    });
    closeSocket(socket, GOING_AWAY, 'Going away');
  });
}
