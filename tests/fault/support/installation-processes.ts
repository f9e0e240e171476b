import { readdir, readFile } from 'node:fs/promises';
import { portsAt } from '@starling/infra/ports.ts';
import { signalProcess } from '@starling/infra/native/process-tree.ts';
import { KINDS, planProcesses, type Kind } from '@starling/stack/servers/plan-processes.ts';

/** The processes of an installation on this machine, as an operator sees them from outside. */
export type InstallationProcesses = {
  /** `gateway-1`, `gateway-2`, `worker-1`, … */
  names: readonly string[];
  /** Those that there are, whatever they do; with their ids. */
  running(): Promise<Map<string, number>>;
  /** Those that answer that they are ready. */
  ready(): Promise<string[]>;
  /** Kills -9, and whatever is started in their place, until the answer is called. Resolves with them killed once. */
  keepDead(names: readonly string[]): Promise<() => void>;
};

/** Sooner than a process that is started can listen. */
const KILL_AGAIN_MS = 100;

/** By the ports that they are told to listen on: no other process on the machine has them. */
export function watchInstallation(portOffset: number, copies: number): InstallationProcesses {
  const ports = portsAt(portOffset);
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, copies])) as Record<Kind, number>;
  const plans = planProcesses({ counts, ports, fronts: ports.haproxy.fronts, common: {} });
  const byVariable = new Map(plans.map(({ name, env }) => [`STARLING_HTTP_PORT=${env['STARLING_HTTP_PORT']}`, name]));

  async function running(): Promise<Map<string, number>> {
    const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
    const named = pids.map(async (pid): Promise<[string, number][]> => {
      const variables = (await environmentOf(pid)).split('\0');
      return variables.flatMap((variable) => {
        const name = byVariable.get(variable);
        return name === undefined ? [] : [[name, Number(pid)] as [string, number]];
      });
    });
    return new Map((await Promise.all(named)).flat());
  }

  return {
    names: plans.map(({ name }) => name),
    running,
    async ready() {
      const answers = await Promise.all(plans.map(({ readyUrl }) => answers200(readyUrl)));
      return plans.filter((_, index) => answers[index]).map(({ name }) => name);
    },
    async keepDead(names) {
      const kill = async () => {
        const all = await running();
        for (const pid of names.flatMap((name) => all.get(name) ?? [])) signalProcess(pid, 'SIGKILL');
      };
      await kill();
      const killing = setInterval(() => void kill(), KILL_AGAIN_MS);
      return () => clearInterval(killing);
    },
  };
}

/** Empty if the process has just ended, or is somebody else's. */
function environmentOf(pid: string): Promise<string> {
  return readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
}

async function answers200(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return ok;
  } catch {
    // Nobody listens there.
    return false;
  }
}
