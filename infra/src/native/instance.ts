import { spawn } from 'node:child_process';
import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ServersError, reasonOf } from '../servers-error.ts';
import { type Account, own } from './account.ts';
import { mustBeFree } from './free-port.ts';
import { type ProcessRecord, RECORD_AND_EXEC, findRecorded, isRunning } from './process-record.ts';
import { signalProcess, signalTree } from './process-tree.ts';

/** One process of an engine. */
export type Instance = {
  /** Unique within an installation, such as `kafka-1`. */
  name: string;
  port: number;
  /** What makes it end tidily. */
  stopSignal: NodeJS.Signals;
  /** Writes its configuration, and its first data if there are none; resolves with how it is started. */
  prepare(folders: Folders): Promise<Launch>;
  /** Rejects, saying why, while it does not answer. */
  check(): Promise<void>;
  /** Looks for what will never get better in what it has logged since its start; null if there is nothing. */
  hopeless?(log: string): string | null;
};

export type Folders = {
  /** Has its record, log and configuration. */
  folder: string;
  data: string;
  account: Account;
};

export type Launch = { command: readonly [program: string, ...args: string[]]; env: NodeJS.ProcessEnv };

const MAX_LOG_BYTES = 10_000_000;
const READY_WITHIN_MS = 300_000;
const STOP_WITHIN_MS = 60_000;
const POLL_MS = 100;

export function findProcess(folder: string): Promise<ProcessRecord | null> {
  return findRecorded(join(folder, 'process'));
}

/** Starts it in a session of its own, where the terminal's Ctrl-C does not reach it; resolves when it answers. */
export async function startInstance(instance: Instance, folders: Folders): Promise<void> {
  const { folder, account } = folders;
  await mustBeFree(instance.name, instance.port);
  const { command, env } = await instance.prepare(folders);
  const logFile = await prepareLog(folders);
  const log = await open(logFile, 'a', 0o640);
  const { size: logStart } = await log.stat();
  const record = join(folder, 'process');
  const child = spawn('/bin/sh', ['-c', RECORD_AND_EXEC, record, instance.stopSignal, ...command], {
    detached: true,
    cwd: folder,
    env,
    stdio: ['ignore', log.fd, log.fd],
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  });
  let hasEnded = false;
  child.once('exit', () => (hasEnded = true)).once('error', () => (hasEnded = true));
  child.unref();
  await log.close();
  await waitUntilReady(instance, folder, {
    hasEnded: async () => hasEnded,
    readLog: () => readTail(logFile, logStart),
  });
}

/** Resolves when one that runs already answers. Rejects with EndedError if it was about to end. */
export async function awaitInstance(instance: Instance, folder: string): Promise<void> {
  const logFile = join(folder, 'log');
  await waitUntilReady(instance, folder, {
    hasEnded: async () => (await findProcess(folder)) === null,
    readLog: async () => readTail(logFile, (await stat(logFile)).size - 4000),
  });
}

/** Ends whatever runs in that folder tidily, or by force if it takes longer than a minute. */
export async function stopInstance(folder: string): Promise<boolean> {
  const running = await findProcess(folder);
  if (running === null) return false;
  signalProcess(running.pid, running.stopSignal);
  // One that was paused would never hear of it.
  await signalTree(running.pid, 'SIGCONT');
  const giveUpAt = Date.now() + STOP_WITHIN_MS;
  while (await isRunning(running)) {
    if (Date.now() > giveUpAt) await signalTree(running.pid, 'SIGKILL');
    await delay(POLL_MS / 4);
  }
  return true;
}

type Watch = { hasEnded(): Promise<boolean>; readLog(): Promise<string> };

async function waitUntilReady(instance: Instance, folder: string, { hasEnded, readLog }: Watch): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (await hasEnded())
      throw new EndedError(`${instance.name} has ended before it answered. Its last words:\n${await readLog()}`);
    try {
      return await instance.check();
    } catch (cause) {
      const verdict = instance.hopeless?.(await readLog()) ?? null;
      if (verdict !== null) throw new HopelessError(`${instance.name}: ${verdict}`, { cause });
      if (Date.now() > giveUpAt)
        throw new ServersError(
          `${instance.name} runs, and does not answer: ${reasonOf(cause)}. See ${join(folder, 'log')}.`,
          { cause },
        );
    }
    await delay(POLL_MS);
  }
}

export class EndedError extends ServersError {
  override name = 'EndedError';
}

/** It runs, and will never answer as it is. */
export class HopelessError extends ServersError {
  override name = 'HopelessError';
}

async function prepareLog({ folder, account }: Folders): Promise<string> {
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
    const from = Math.max(0, start, size - 4000);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await log.close();
  }
}
