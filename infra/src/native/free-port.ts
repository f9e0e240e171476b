import { once } from 'node:events';
import { createServer } from 'node:net';
import { ServersError } from '../servers-error.ts';

/** Rejects, saying what to do, if somebody else listens there. */
export async function mustBeFree(name: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    probe.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(probe, 'listening');
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'EADDRINUSE') throw cause;
    throw new ServersError(
      `Port ${port}, which ${name} needs, is taken by a program that is not of these servers. End it, or move all ports: npm run servers -- up --port-offset 500`,
      { cause },
    );
  }
  probe.close();
  await once(probe, 'close');
}
