import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Where servers and this process run, so that neither takes the other's core. */
export type Pinning = {
  /** For people: what was pinned, or why nothing was. */
  told: string;
  /** Lets this process run everywhere again. */
  release(): Promise<void>;
};

const run = promisify(execFile);

/**
 * Each server on a core of its own, this process and what it starts from now on upon the others. Without `taskset`, or with too few
 * cores, nothing is pinned.
 */
export async function pinServers(pids: readonly number[]): Promise<Pinning> {
  const cores = await coresOf(process.pid);
  if (cores === null) return unpinned('taskset is not there');
  if (cores.length <= pids.length)
    return unpinned(`${cores.length} cores for ${pids.length} servers and their clients`);
  const forServers = cores.slice(-pids.length);
  const forUs = cores.slice(0, -pids.length);
  for (const [index, pid] of pids.entries()) await pin(pid, forServers.slice(index, index + 1));
  await pin(process.pid, forUs);
  return {
    told: `pinned: servers to core ${forServers.join(', ')}, one each; this process and redis-benchmark to core ${forUs.join(', ')}`,
    release: () => pin(process.pid, cores),
  };
}

function unpinned(reason: string): Pinning {
  return { told: `not pinned: ${reason}`, release: async () => undefined };
}

/** All threads of it. */
async function pin(pid: number, cores: readonly number[]): Promise<void> {
  await run('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)]);
}

/** Those that a process may run on; null where nobody can tell. */
async function coresOf(pid: number): Promise<number[] | null> {
  try {
    const { stdout } = await run('taskset', ['-c', '-p', String(pid)]);
    return parseCores(stdout.split(':').at(-1)?.trim() ?? '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** `0,2-4` */
function parseCores(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
