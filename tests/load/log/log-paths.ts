import { randomUUID } from 'node:crypto';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import type { Path } from '../paths/rounds.ts';
import type { BareKafka } from './bare-kafka.ts';

export type Bench = { log: EventLog; bare: BareKafka; namespace: string; records: number };

export const TOPIC = { name: 'bench.v1', partitions: 12, retentionMs: 3_600_000 };
const BATCH = 1_000;
/** About the size of an event. */
const TEXT = JSON.stringify({ text: 'a tweet of some length, with a #hashtag and a @mention '.repeat(4) });

/** Batches of a thousand records, one after the other, each acknowledged by all replicas. */
export function publishPath({ log, bare, namespace, records }: Bench): Path {
  return {
    name: 'publish',
    baseline: 'kafkajs, idempotent, acks all, gzip',
    settle: async () => undefined,
    ours: () => publishTo(log, TOPIC.name, records),
    theirs: () => rateOf(records, (batch) => bare.publish(`${namespace}.${TOPIC.name}`, batch)),
    close: async () => undefined,
  };
}

/** All of a topic by a new group, joining included; ours commits behind what is handled, the other one now and then. */
export async function consumePath({ log, bare, namespace, records }: Bench): Promise<Path> {
  const topic = { ...TOPIC, name: 'consumed.v1' };
  await log.ensureTopics([topic]);
  await publishTo(log, topic.name, records);
  const counted = (begin: (onRecords: (count: number) => void) => Promise<{ stop(): Promise<void> }>) => async () => {
    const done = Promise.withResolvers<void>();
    let seen = 0;
    const began = performance.now();
    const reader = await begin((count) => {
      seen += count;
      if (seen >= records) done.resolve();
    });
    await done.promise;
    const rate = seen / ((performance.now() - began) / 1000);
    await reader.stop();
    return rate;
  };
  return {
    name: 'consume',
    baseline: 'kafkajs eachBatch',
    settle: async () => undefined,
    ours: counted((onRecords) =>
      log.subscribe({
        group: randomUUID(),
        topics: [topic.name],
        handle: async (batch) => onRecords(batch.map(({ value }) => value).length),
      }),
    ),
    theirs: counted((onRecords) =>
      bare.read(`${namespace}.${topic.name}`, `${namespace}.${randomUUID()}`, (values) => onRecords(values.length)),
    ),
    close: async () => undefined,
  };
}

function publishTo(log: EventLog, topic: string, records: number): Promise<number> {
  return rateOf(records, async (batch) => {
    await log.publish(batch.map((one) => ({ ...one, topic, headers: {} })));
  });
}

async function rateOf(
  records: number,
  publish: (batch: { key: string; value: string }[]) => Promise<void>,
): Promise<number> {
  const began = performance.now();
  for (let from = 0; from < records; from += BATCH)
    await publish(Array.from({ length: BATCH }, (_, index) => ({ key: `k${from + index}`, value: TEXT })));
  return records / ((performance.now() - began) / 1000);
}
