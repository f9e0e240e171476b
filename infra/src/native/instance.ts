import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ServersError, reasonOf } from '../servers-error.ts';
import { type Account, own } from './account.ts';
import { type ProcessRecord, RECORD_AND_EXEC, findRecorded, isRunning } from './process-record.ts';

/** One process of an engine. */
export type Instance = {
  /** Unique within an installation, such as `kafka-1`. */
  name: string;
  /** Has its record, log, configuration and, unless it was placed elsewhere, its data. */
  folder: string;
  command: readonly [program: string, ...args: string[]];
  env: NodeJS.ProcessEnv;
  account: Account;
  /** What makes it end tidily. */
  stopSignal: NodeJS.Signals;
  /** Rejects, saying why, while it does not answer. */
  check(): Promise<void>;
};

const MAX_LOG_BYTES = 10_000_000;
const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 60_000;
const POLL_MS = 100;

export function findInstance({ folder }: Pick<Instance, 'folder'>): Promise<ProcessRecord | null> {
  return findRecorded(join(folder, 'process'));
}

/** Starts it in a session of its own, where the terminal's Ctrl-C does not reach it; resolves when it answers. */
export async function startInstance(instance: Instance): Promise<void> {
  const { folder, command, env, account } = instance;
  const logFile = await prepareLog(instance);
  const log = await open(logFile, 'a', 0o640);
  const { size: logStart } = await log.stat();
  const child = spawn('/bin/sh', ['-c', RECORD_AND_EXEC, join(folder, 'process'), ...command], {
    detached: true,
    cwd: folder,
    env,
    stdio: ['ignore', log.fd, log.fd],
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  });
  let ended = false;
  child.once('exit', () => (ended = true)).once('error', () => (ended = true));
  child.unref();
  await log.close();
  await waitUntilReady(instance, async () => (ended ? readTail(logFile, logStart) : null));
}

/** Resolves when it answers; rejects as soon as it has ended (`failure` is then its last words), or after two minutes. */
export async function waitUntilReady(instance: Instance, failure: () => Promise<string | null>): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const lastWords = await failure();
    if (lastWords !== null) throw new ServersError(`${instance.name} has ended right after its start:\n${lastWords}`);
    try {
      return await instance.check();
    } catch (cause) {
      if (Date.now() > giveUpAt)
        throw new ServersError(
          `${instance.name} runs, and does not answer: ${reasonOf(cause)}. See ${join(instance.folder, 'log')}.`,
          { cause },
        );
    }
    await delay(POLL_MS);
  }
}

/** Ends it tidily, or by force if it takes longer than a minute; does nothing if it does not run. */
export async function stopInstance(instance: Pick<Instance, 'folder' | 'stopSignal'>): Promise<void> {
  const running = await findInstance(instance);
  if (running === null) return;
  signalProcess(running, instance.stopSignal);
  // One that was paused would never hear of it.
  signalGroup(running, 'SIGCONT');
  const giveUpAt = Date.now() + STOP_WITHIN_MS;
  while (await isRunning(running)) {
    if (Date.now() > giveUpAt) signalGroup(running, 'SIGKILL');
    await delay(POLL_MS / 4);
  }
}

/** To the process and all its children: for faults. */
export function signalGroup({ pid }: ProcessRecord, signal: NodeJS.Signals): void {
  signalProcess({ pid: -pid }, signal);
}

function signalProcess({ pid }: { pid: number }, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

async function prepareLog({ folder, account }: Instance): Promise<string> {
  const file = join(folder, 'log');
  const log = await open(file, 'a', 0o640);
  const { size } = await log.stat();
  await log.close();
  await own(account, file);
  if (size > MAX_LOG_BYTES) await rename(file, `${file}.old`);
  return file;
}

async function readTail(file: string, start: number): Promise<string> {
  const log = await open(file);
  try {
    const { size } = await log.stat();
    const from = Math.max(start, size - 4000);
    const { buffer } = await log.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8').trim();
  } finally {
    await log.close();
  }
}
