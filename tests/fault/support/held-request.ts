import { once } from 'node:events';
import { connect } from 'node:net';

/** A request whose second half is held back: in flight for as long as the test wants it to be. */
export type HeldRequest = {
  /** Sends the rest, and resolves with the status and body of the answer. */
  finish(): Promise<{ status: number; body: string }>;
  abandon(): void;
};

/** Resolves once the server has read the head of the request, which it says itself ("100 Continue"). */
export async function holdRequest(port: number, query: string): Promise<HeldRequest> {
  const body = JSON.stringify({ query });
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  // What is done to an abandoned one is nobody's business.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = [
    'POST /graphql HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const [interim] = (await once(socket, 'data')) as [string];
  if (!interim.startsWith('HTTP/1.1 100')) throw new Error(`Not asked to go on: ${interim}`);
  return {
    async finish() {
      let answer = '';
      socket.on('data', (chunk: string) => (answer += chunk));
      socket.write(body);
      if (!socket.destroyed) await once(socket, 'close');
      return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), body: answer.split('\r\n\r\n')[1] ?? '' };
    },
    abandon: () => void socket.destroy(),
  };
}
