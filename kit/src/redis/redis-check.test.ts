import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkServer } from './redis-check.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** Speaks as much of the protocol as the check asks for; answers with its address. */
async function startRedis({ info, password }: { info: string; password?: string }): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const [, name = ''] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
        const command = name.toLowerCase();
        if (command === 'hello') socket.write("-ERR unknown command 'HELLO'\r\n");
        else if (command === 'auth' && !data.toString().includes(password ?? '')) socket.write('-WRONGPASS no\r\n');
        else if (command === 'info') socket.write(`$${Buffer.byteLength(info)}\r\n${info}\r\n`);
        else socket.write('+OK\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const infoOf = (version: string, mode: string) => `# Server\r\nredis_version:${version}\r\nredis_mode:${mode}\r\n`;

test('takes a server of the right version and mode', async () => {
  const node = await startRedis({ info: infoOf('7.0.15', 'standalone') });
  await checkServer([node], {}, false);
});

test.each([
  ['6.2.14', 'standalone', false, 'is version 6.2.14; version 7 or newer is needed'],
  ['8.0.0', 'cluster', false, 'is a node of a Redis Cluster, and a single server is configured'],
  ['8.0.0', 'standalone', true, 'is a single server, and a Redis Cluster is configured'],
])('says what is wrong with version %s in mode %s', async (version, mode, isCluster, problem) => {
  const node = await startRedis({ info: infoOf(version, mode) });
  const checking = checkServer([node], {}, isCluster);
  await expect(checking).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(checking).rejects.toThrow(`Redis at ${node} ${problem}`);
});

test('says that the password is refused', async () => {
  const node = await startRedis({ info: infoOf('7.0.15', 'standalone'), password: 'right' });
  await expect(checkServer([node], { password: 'wrong' }, false)).rejects.toThrow(
    `Redis at ${node} refuses the user name or password`,
  );
});

test('asks the next node if one is away, and names all if none answers', async () => {
  const node = await startRedis({ info: infoOf('7.0.15', 'cluster') });
  await checkServer(['127.0.0.1:1', node], {}, true);
  await expect(checkServer(['127.0.0.1:1', '127.0.0.1:2'], {}, true)).rejects.toThrow(
    /^Redis cannot be reached at 127\.0\.0\.1:1 \(.*ECONNREFUSED.*\), 127\.0\.0\.1:2/,
  );
});
