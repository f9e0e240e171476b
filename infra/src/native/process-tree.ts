import { readFile, readdir } from 'node:fs/promises';
import { parseStatus } from './process-record.ts';

/**
 * Sends a signal to a process and all that it has started. They need not share a group: Postgres gives each of its own
 * one. The first is signalled first, so that one that is paused or killed starts no more of them.
 */
export async function signalTree(pid: number, signal: NodeJS.Signals): Promise<void> {
  // A killed parent's children would be nobody's to find.
  const isFinal = signal === 'SIGKILL';
  signalProcess(pid, isFinal ? 'SIGSTOP' : signal);
  const descendants = await findDescendants(pid);
  for (const one of isFinal ? [pid, ...descendants] : descendants) signalProcess(one, signal);
}

/** One that has just ended is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

async function findDescendants(root: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
      return { pid, parent: status === null ? 0 : parseStatus(status).parent };
    }),
  );
  const below = (pid: number): number[] =>
    parents.filter(({ parent }) => parent === pid).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(root);
}
