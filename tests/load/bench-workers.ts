import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { graphCommunity } from '@starling/cli/import/graph-community.ts';
import { readEdgeList } from '@starling/cli/import/read-edge-list.ts';
import { checkTimelines, describeCheck, type CheckResult } from '@starling/cli/timelines/check-timelines.ts';
import { createLogger } from '@starling/kit/logger.ts';
import type { Community } from '@starling/stack/community/community.ts';
import { loadCommunity } from '@starling/stack/community/load-community.ts';
import { connectStack } from '@starling/stack/servers/connect-stack.ts';
import { startConstellation, type StartedConstellation } from '@starling/stack/servers/constellation.ts';
import { KINDS, type Kind } from '@starling/stack/servers/plan-processes.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { freePorts } from '../e2e/support/free-ports.ts';
import { createNamespace } from '../e2e/support/namespace.ts';
import { findServers, type Servers } from '../support/servers.ts';

const HELP = `npm run bench:workers -- [options] <edge list>

Imports a social graph into a process of each kind on real servers while no worker runs; then one worker relays, delivers
and indexes all of it, and once more, in another namespace, two do. Every home timeline is held against brute force.
The ratio of the two tells something, and only within one run.

  --tweets <n>      tweets of each person (5)
  --help            this text
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tweets: { type: 'string', default: '5' }, help: { type: 'boolean', default: false } },
});

if (values.help || positionals[0] === undefined) process.stdout.write(HELP);
else await main(positionals[0]);

type Round = { facts: number; seconds: number; check: CheckResult };

async function main(file: string): Promise<void> {
  const servers = await findServers();
  if (servers === null) throw new Error('There are no servers: npm run servers -- up');
  const community = graphCommunity({
    edges: await readEdgeList(file),
    directed: false,
    tweetsEach: Number(values.tweets),
    seed: 1,
    nowMs: Date.now(),
  });
  const one = await measure(servers, community, 1);
  const two = await measure(servers, community, 2);
  for (const [workers, { facts, seconds, check }] of [one, two].entries())
    process.stdout.write(
      `${workers + 1} worker(s): ${facts} facts in ${seconds.toFixed(1)} s. ${describeCheck(check).join('\n')}\n`,
    );
  process.stdout.write(`2 workers ÷ 1 worker: ${(one.seconds / two.seconds).toFixed(2)}\n`);
}

async function measure(servers: Servers, community: Community, workers: number): Promise<Round> {
  const namespace = createNamespace(servers);
  const logs = await mkdtemp(join(tmpdir(), 'starling-bench-'));
  const ports = await freePorts({ workers });
  const constellation = await startConstellation({
    servers: servers.env,
    namespace: namespace.name,
    counts: { ...(Object.fromEntries(KINDS.map((kind) => [kind, 1])) as Record<Kind, number>), worker: workers },
    ports,
    fronts: null,
    signingKeys: randomBytes(32).toString('base64url'),
    extra: { LOG_LEVEL: 'error', STARLING_NOTICE_MS: '0' },
    logs,
  });
  try {
    await constellation.ready();
    const logger = createLogger({ name: 'bench', level: 'error' });
    const stack = await connectStack({ env: constellation.env, port: 0, logger });
    const round = await runRound(stack, constellation, community);
    await stack.stop();
    return round;
  } finally {
    await constellation.stop();
    await namespace.remove();
    await rm(logs, { recursive: true });
  }
}

async function runRound(stack: Stack, constellation: StartedConstellation, community: Community): Promise<Round> {
  const workers = constellation.processes.filter(({ plan }) => plan.kind === 'worker');
  for (const worker of workers) await worker.stop();
  const { userIds, created } = await loadCommunity(community, {
    services: stack.services,
    password: 'correct horse battery',
  });
  const ids = [...userIds.values()];
  const facts = Object.values(created).reduce((sum, count) => sum + count, 0);
  await Promise.all(workers.map((worker) => worker.start()));
  const started = performance.now();
  await stack.drain();
  const seconds = (performance.now() - started) / 1000;
  return { facts, seconds, check: await checkTimelines({ ...stack, actorIds: ids, viewerIds: ids }) };
}
