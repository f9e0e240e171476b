import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { ENGINE_NAMES, type EngineName } from '@starling/infra/engines.ts';
import { portsAt } from '@starling/infra/ports.ts';
import { startServers, type Servers as Engines } from '@starling/infra/start-servers.ts';
import type { Environment } from '@starling/kit/config/read-config.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { connectStack } from '@starling/stack/servers/connect-stack.ts';
import { startConstellation, type StartedConstellation } from '@starling/stack/servers/constellation.ts';
import { KINDS, type Kind } from '@starling/stack/servers/plan-processes.ts';
import type { Supervised } from '@starling/stack/servers/supervise.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { createNamespace } from '../../e2e/support/namespace.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import { findServers, toServers } from '../../support/servers.ts';
import { COLLAPSE_WITHIN } from './load/brute-force.ts';
import { gatherCrowd, type Crowd } from './load/crowd.ts';
import type { Load } from './load/start-load.ts';
import type { Report } from './load/tally.ts';
import { underLoad } from './load/under-load.ts';
import { watchHomes, type Watch } from './load/watch-homes.ts';

export type TrialOptions = {
  seed: number;
  /** Engines that the faults are done to: each its own. All others are those that everybody shares. */
  own: readonly EngineName[];
  brokers?: 1 | 3;
  redisCluster?: boolean;
  /** Processes of each kind; from two on, behind a HAProxy of their own. */
  copies: 1 | 2;
};

/** A whole installation, to do something bad to; nothing of it is left after `end`. */
export type Trial = {
  /** `tweets-1`, `worker-2`, … */
  process(name: string): Supervised;
  processes: readonly Supervised[];
  engines: Engines;
  stack: Stack;
  crowd: Crowd;
  watch: Watch;
  /** See `underLoad`; also resolves only when every process is ready. */
  underLoad(fault: (load: Load) => Promise<void>, options?: { before?: number; after?: number }): Promise<Report>;
  end(): Promise<void>;
};

/** Quick, and long enough for a whole file of faults. */
const SETTINGS: Environment = {
  USERS_PASSWORD_MEMORY_KI_B: '1024',
  USERS_PASSWORD_PASSES: '1',
  USERS_ACCESS_TOKEN_MS: '3600000',
  SEARCH_CACHE_TTL_MS: '0',
  TIMELINE_COLLAPSE_WITHIN: String(COLLAPSE_WITHIN),
};

export async function startTrial(options: TrialOptions): Promise<Trial> {
  const closing = createClosing();
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

async function start(options: TrialOptions, closing: Closing): Promise<Trial> {
  const shared = await findServers();
  if (shared === null) throw new Error('There are no servers: npm run servers -- up');
  const { own, copies } = options;
  const portOffset = await findFreePortOffset();
  const engines = await startEngines({ ...options, portOffset }, closing);
  const servers = toServers({ ...shared.env, ...engines.env });
  // Passwords of engines of one's own are others.
  const namespace = createNamespace(shared);
  closing.add(() => namespace.remove(ENGINE_NAMES.filter((name) => !own.includes(name))));

  const logs = process.env['TEST_LOGS'] ?? (await mkdtemp(join(tmpdir(), 'starling-logs-')));
  if (!process.env['TEST_LOGS']) closing.add(() => rm(logs, { recursive: true }));
  const ports = portsAt(portOffset);
  const isBalanced = copies > 1;
  const constellation = await startConstellation({
    servers: servers.env,
    redisCluster: options.redisCluster ?? false,
    namespace: namespace.name,
    counts: Object.fromEntries(KINDS.map((kind) => [kind, copies])) as Record<Kind, number>,
    ports,
    fronts: isBalanced ? ports.haproxy.fronts : null,
    signingKeys: randomBytes(32).toString('base64url'),
    extra: { ...SETTINGS, LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn' },
    settings: isBalanced ? { gateway: { GATEWAY_TRUSTED_PROXIES: '1' } } : {},
    logs,
  });
  closing.add(constellation.stop);
  await constellation.ready();
  const port = isBalanced ? ports.haproxy.door : (ports.gateway[0]?.public ?? 0);
  return populate({ constellation, engines, port, seed: options.seed }, closing);
}

async function startEngines(
  { own, brokers = 1, copies, portOffset }: TrialOptions & { portOffset: number },
  closing: Closing,
): Promise<Engines> {
  const root = await mkdtemp(join(tmpdir(), 'starling-engines-'));
  closing.add(() => rm(root, { recursive: true }));
  const names = copies > 1 ? [...own, 'haproxy' as const] : own;
  const engines = await startServers({ root, portOffset, engines: names, brokers });
  closing.add(engines.stopAll);
  return engines;
}

type Populating = { constellation: StartedConstellation; engines: Engines; port: number; seed: number };

async function populate({ constellation, engines, port, seed }: Populating, closing: Closing): Promise<Trial> {
  const logger = createLogger({ name: 'trial', level: process.env['LOG_LEVEL'] ?? 'error' });
  const stack = await connectStack({ env: constellation.env, port, logger });
  closing.add(stack.stop);
  const crowd = await gatherCrowd({ doors: () => [`127.0.0.1:${port}`], people: 12, watchers: 3, seed });
  const watch = await watchHomes(crowd);
  closing.add(watch.stop);
  const { processes } = constellation;
  // A paused process would take no other signal.
  closing.add(async () => processes.forEach((one) => one.signal('SIGCONT')));
  return {
    processes,
    process: (name) => named(processes, name),
    engines,
    stack,
    crowd,
    watch,
    underLoad: (fault, amounts) =>
      underLoad({ crowd, watch, drain: stack.drain, ...amounts }, async (load) => {
        await fault(load);
        // One that has just died is started again a little later.
        await vi.waitFor(() => Promise.all(processes.map((one) => one.ready())), { timeout: 150_000, interval: 200 });
      }),
    end: closing.closeAll,
  };
}

function named(processes: readonly Supervised[], name: string): Supervised {
  const found = processes.find(({ plan }) => plan.name === name);
  if (!found) throw new Error(`There is no process ${name}.`);
  return found;
}

/** What ends with a trial, in the reverse order. */
type Closing = { add(close: () => Promise<unknown>): void; closeAll(): Promise<void> };

function createClosing(): Closing {
  const closes: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => void closes.push(close),
    async closeAll() {
      const errors: unknown[] = [];
      for (const close of closes.splice(0).reverse()) await close().catch((error: unknown) => errors.push(error));
      if (errors.length > 0) throw new AggregateError(errors, 'A trial did not end in order');
    },
  };
}
