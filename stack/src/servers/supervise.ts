import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Kind, ProcessPlan } from './plan-processes.ts';

/** One process that runs, and runs again after it has died, until it is told to stop. */
export type Supervised = {
  readonly plan: ProcessPlan;
  /** Null while none runs. */
  pid(): number | null;
  /** Starts one that was stopped; resolves once it is ready. */
  start(): Promise<void>;
  /** Sends a signal to the one that runs. What dies of it is started again. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves once the one that runs now is ready. Rejects if it ended before, with what it said. */
  ready(): Promise<void>;
  /** Lets it end in order, and does not start it again. */
  stop(): Promise<void>;
};

export type SuperviseOptions = {
  /** Folder of the logs, one file a process. */
  logs: string;
  /** Told of every process that has ended without being told to. */
  onDied?(name: string, reason: string): void;
};

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PRODUCTION = join(ROOT, 'scripts/production.mjs');
/** Node's word about a timer of kafkajs that is due at once. */
const QUIET = '--disable-warning=TimeoutNegativeWarning';
const READY_WITHIN_MS = 120_000;
const READY_POLL_MS = 100;
/** A process that dies as soon as it starts must not keep the machine busy. */
const RESTART_AFTER_MS = 1_000;
/** Longer than any process takes for a stop in order. */
const STOP_WITHIN_MS = 40_000;
const LAST_WORDS = 2_000;

/** Starts a process of each plan. They end with this process, however it ends. */
export async function supervise(
  plans: readonly ProcessPlan[],
  { logs, onDied = () => undefined }: SuperviseOptions,
): Promise<Supervised[]> {
  await mkdir(logs, { recursive: true });
  return plans.map((plan) => superviseOne(plan, { logs, onDied }));
}

/** In these turns nobody is asked who has gone: the door stops first, then those who ask, then those who answer. */
const STOP_TURNS: Readonly<Record<Kind, number>> = {
  gateway: 1,
  worker: 2,
  timeline: 2,
  search: 2,
  tweets: 3,
  graph: 4,
  users: 5,
};

export async function stopAll(all: readonly Supervised[]): Promise<void> {
  const byTurn = Map.groupBy(all, ({ plan }) => STOP_TURNS[plan.kind]);
  for (const [, those] of [...byTurn].sort(([one], [other]) => one - other))
    await Promise.all(those.map((one) => one.stop()));
}

function superviseOne(plan: ProcessPlan, { logs, onDied }: Required<SuperviseOptions>): Supervised {
  let running: Running | null = null;
  let isWanted = true;

  const launch = () => {
    const mine = (running = run(plan, join(logs, `${plan.name}.log`)));
    void mine.ended.then(async (reason) => {
      if (running === mine) running = null;
      if (!isWanted) return;
      onDied(plan.name, reason);
      await delay(RESTART_AFTER_MS);
      if (isWanted && running === null) launch();
    });
  };
  launch();

  return {
    plan,
    pid: () => running?.child.pid ?? null,
    async start() {
      isWanted = true;
      if (running === null) launch();
      await this.ready();
    },
    signal(signal) {
      running?.child.kill(signal);
    },
    ready: () => (running === null ? Promise.reject(new Error(`${plan.name} does not run.`)) : isReady(plan, running)),
    async stop() {
      isWanted = false;
      await (running && end(running));
    },
  };
}

type Running = { child: ChildProcess; ended: Promise<string> };

function run({ name, entry, env }: ProcessPlan, logFile: string): Running {
  // The channel is how it notices that its supervisor has gone. A group of its own: Ctrl-C is for the supervisor to pass on.
  const child = spawn(process.execPath, [QUIET, '--import', PRODUCTION, entry], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false });
  child.stderr?.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-LAST_WORDS)));
  const ended = once(child, 'close').then((outcome) => {
    const [code, signal] = outcome as [number | null, NodeJS.Signals | null];
    log.end();
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    return words === '' ? how : `${how}: ${words.trim()}`;
  });
  return { child, ended: ended.catch((error: unknown) => `${name} could not be run: ${String(error)}`) };
}

async function isReady({ name, readyUrl }: ProcessPlan, { ended }: Running): Promise<void> {
  const late = AbortSignal.timeout(READY_WITHIN_MS);
  for (;;) {
    const reason = await Promise.race([ended, answersReady(readyUrl)]);
    if (reason === true) return;
    if (typeof reason === 'string') throw new Error(`${name} has ended before it was ready: ${reason}`);
    if (late.aborted) throw new Error(`${name} was not ready within ${READY_WITHIN_MS / 1000} s; see its log.`);
    await delay(READY_POLL_MS);
  }
}

async function answersReady(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return ok;
  } catch {
    // It does not listen yet.
    return false;
  }
}

async function end({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  // A paused one takes no signal but the last.
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(force);
}
