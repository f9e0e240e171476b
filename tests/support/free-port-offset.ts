import { once } from 'node:events';
import { createServer } from 'node:net';
import { portNumbers, type Ports, portsAt } from '@starling/infra/ports.ts';

const STEP = 500;
const LARGEST = 10_000;

/** An offset for servers of one's own, whose ports nobody uses at the moment. Starts anywhere, so that tests side by side differ. */
export async function findFreePortOffset(): Promise<number> {
  const count = LARGEST / STEP;
  const first = Math.floor(Math.random() * count);
  for (let index = 0; index < count; index += 1) {
    const offset = STEP * (1 + ((first + index) % count));
    const ports = portsIfSafe(offset);
    if (ports === null) continue;
    const areFree = await Promise.all(portNumbers(ports).map(isFree));
    if (!areFree.includes(false)) return offset;
  }
  throw new Error('No offset of ports is free on this machine.');
}

/** None where browsers open no such port. */
function portsIfSafe(offset: number): Ports | null {
  try {
    return portsAt(offset);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
