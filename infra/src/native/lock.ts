import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Works on a folder as the only one; others on this machine wait. The lock is an abstract socket (unix(7)), which goes
 * with whoever holds it, however they end.
 */
export async function withLock<T>(folder: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32);
  let lock = await tryLock(name);
  if (lock === null) onWait();
  while (lock === null) {
    await delay(200);
    lock = await tryLock(name);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function tryLock(name: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(`\0starling-servers-${name}`);
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') return null;
    throw error;
  }
}
