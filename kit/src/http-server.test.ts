import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpServer, type HttpServer } from './http-server.ts';

let http: HttpServer;
beforeEach(() => {
  http = createHttpServer({ error: () => undefined });
  http.server.on('request', (asked, response) => asked.pipe(response));
});
afterEach(() => http.close());

/** What a client that offers another protocol is told: the status, or that the connection is the other protocol's now. */
async function offer(protocol: string): Promise<string> {
  const port = await http.listen(0, '127.0.0.1');
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: protocol };
    const asking = request({ port, method: 'POST', headers }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => resolve(`${response.statusCode} ${text}`));
    });
    asking.on('error', reject).end('asked');
  });
}

test('who offers HTTP/2 is answered in HTTP/1.1', async () => {
  http.server.on('upgrade', (_request, stream) => stream.end('HTTP/1.1 405 Method Not Allowed\r\n\r\nno socket'));
  expect(await offer('h2c')).toBe('200 asked');
});

test('who asks for a socket gets one', async () => {
  http.server.on('upgrade', (_request, stream) => stream.end('HTTP/1.1 400 Bad Request\r\n\r\nby its listener'));
  expect(await offer('WebSocket')).toBe('400 by its listener');
});

test('who asks for a socket where there are none is answered', async () => {
  expect(await offer('websocket')).toBe('200 asked');
});
