import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, TOPIC } from './log-paths.ts';

export type Latency = { p50: number; p99: number };

const EVERY_MS = 5;

/** Milliseconds from the call of publish to the handler, record by record, of ours and of bare kafkajs. */
export async function measureLatency(bench: Bench, count: number): Promise<{ ours: Latency; theirs: Latency }> {
  const { log, bare, namespace } = bench;
  const topic = { ...TOPIC, name: 'latency.v1' };
  await log.ensureTopics([topic]);
  const ours = await measure(
    count,
    (value, sent) => log.publish([{ topic: topic.name, key: `k${sent}`, value, headers: {} }]),
    (onValues) =>
      log.subscribe({
        group: 'ours',
        topics: [topic.name],
        handle: async (batch) => onValues(batch.map(({ value }) => value)),
      }),
  );
  const theirs = await measure(
    count,
    (value, sent) => bare.publish(`${namespace}.${topic.name}`, [{ key: `k${sent}`, value }]),
    (onValues) => bare.read(`${namespace}.${topic.name}`, `${namespace}.${randomUUID()}`, onValues),
  );
  return { ours, theirs };
}

async function measure(
  count: number,
  publish: (value: string, sent: number) => Promise<unknown>,
  read: (onValues: (values: string[]) => void) => Promise<{ stop(): Promise<void> }>,
): Promise<Latency> {
  const run = randomUUID();
  const took: number[] = [];
  const done = Promise.withResolvers<void>();
  const reader = await read((values) => {
    for (const value of values) {
      const [of, sentAt] = value.split(' ');
      if (of === run) took.push(performance.now() - Number(sentAt));
    }
    if (took.length >= count) done.resolve();
  });
  for (let sent = 0; sent < count; sent += 1) {
    await publish(`${run} ${performance.now()}`, sent);
    await delay(EVERY_MS);
  }
  await done.promise;
  await reader.stop();
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
