import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Servers, startServers } from '@starling/infra/start-servers.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import { partitionOf } from '@starling/kit/event-log/partition-of.ts';
import type { EventLog, LogRecord, Subscription } from '@starling/kit/event-log/port.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';

const TOPIC = { name: 'thing.v1', partitions: 12, retentionMs: 3_600_000 };
const KEYS = Array.from({ length: 40 }, (_, number) => `k${number}`);
const USED = new Set(KEYS.map((key) => partitionOf(key, TOPIC.partitions)));
const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'];

let root: string;
let servers: Servers;
let logs: EventLog[];
let load: ReturnType<typeof publishForEver> | null;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'starling-kafka-'));
  // One id in 64 begins so, and would be taken for a flag.
  await mkdir(join(root, 'engines'));
  await writeFile(
    join(root, 'engines/kafka-cluster.json'),
    JSON.stringify({ id: '-AAAAAAAAAAAAAAAAAAAAA', brokers: 3 }),
  );
  servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: ['kafka'], brokers: 3 });
}, 240_000);
afterAll(async () => {
  await servers.stopAll();
  await rm(root, { recursive: true, force: true });
});

beforeEach(() => {
  logs = [];
  load = null;
});
afterEach(async () => {
  await load?.stop();
  await Promise.all(logs.map((log) => log.close()));
});

async function open(namespace: string): Promise<EventLog> {
  const log = await createKafkaEventLog({
    brokers: (servers.env.KAFKA_BROKERS ?? '').split(','),
    ...{ namespace, clientId: 'fault', replicationFactor: 3 },
    logger: createLogger({ name: 'fault', level: process.env['LOG_LEVEL'] ?? 'silent' }),
  });
  logs.push(log);
  return log;
}

/** Publishes as the outbox relay does: in order, again until it is acknowledged, and counts only what was. */
function publishForEver(log: EventLog) {
  const stopping = new AbortController();
  let acknowledged = 0;
  let refused = 0;
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const batch = KEYS.map((key, at) => ({ topic: TOPIC.name, key, value: String(acknowledged + at), headers: {} }));
      try {
        await log.publish(batch);
        acknowledged += batch.length;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        refused += 1;
      }
      await delay(20);
    }
  }
  const running = run();
  return {
    acknowledged: () => acknowledged,
    refused: () => refused,
    stop: () => (stopping.abort(), running),
  };
}

const enough = { timeout: 120_000, interval: 100 };

test.each([
  ['killed', 'SIGKILL', (broker: string) => servers.start(broker)],
  ['paused', 'SIGSTOP', (broker: string) => servers.signal(broker, 'SIGCONT')],
] as const)(
  'of three brokers, each %s in turn, nothing acknowledged is lost',
  async (what, signal, revive) => {
    const publisher = await open(`broker-${what}`);
    const reader = await open(`broker-${what}`);
    await publisher.ensureTopics([TOPIC]);
    const seen: LogRecord[] = [];
    const subscriptions: Subscription[] = [];
    for (const log of [publisher, reader])
      subscriptions.push(
        await log.subscribe({ group: 'g', topics: [TOPIC.name], handle: async (batch) => void seen.push(...batch) }),
      );
    const running = (load = publishForEver(publisher));
    for (const broker of BROKERS) {
      const before = { acknowledged: running.acknowledged(), seen: seen.length };
      await servers.signal(broker, signal);
      // Two of three go on without it.
      await vi.waitFor(() => {
        expect(running.acknowledged()).toBeGreaterThan(before.acknowledged + 20 * KEYS.length);
        expect(new Set(seen.slice(before.seen).map(({ partition }) => partition))).toEqual(USED);
      }, enough);
      await revive(broker);
      await vi.waitFor(async () => expect(await publisher.checkTopics([TOPIC])).toEqual([]), enough);
    }
    await load.stop();
    const total = load.acknowledged();
    await vi.waitFor(async () => {
      const lag = await publisher.lag('g', [TOPIC.name]);
      expect(lag.reduce((sum, { committed, end }) => sum + end - committed, 0n)).toBe(0n);
    }, enough);
    expect(subscriptions.map((subscription) => subscription.isAlive())).toEqual([true, true]);
    for (const [at, key] of KEYS.entries()) {
      const firstSeen = [...new Set(seen.filter((one) => one.key === key).map(({ value }) => Number(value)))];
      const expected = Array.from({ length: total / KEYS.length }, (_, round) => round * KEYS.length + at);
      expect(firstSeen.slice(0, expected.length)).toEqual(expected);
    }
    process.stderr.write(`${what}: ${total} acknowledged, ${running.refused()} sends refused and repeated\n`);
  },
  600_000,
);
