import type { EventLog, LogRecord, NewRecord } from '@starling/kit/event-log/port.ts';

export const TOPIC = 'thing.v1';
export const PARTITIONS = 4;
const HOUR_MS = 3_600_000;

export function topicSpec(name = TOPIC, partitions = PARTITIONS) {
  return { name, partitions, retentionMs: HOUR_MS };
}

export function record(key: string, number: number, topic = TOPIC): NewRecord {
  return { topic, key, value: JSON.stringify({ number }), headers: { id: String(number) } };
}

export function numberOf({ value }: Pick<LogRecord, 'value'>): number {
  return (JSON.parse(value) as { number: number }).number;
}

export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** A handler that remembers, and tells when it has seen so many. */
export function collect() {
  const records: LogRecord[] = [];
  let waiting: { total: number; resolve(): void } | null = null;
  return {
    records,
    async handle(batch: readonly LogRecord[]) {
      records.push(...batch);
      if (waiting !== null && records.length >= waiting.total) waiting.resolve();
    },
    count: (total: number) =>
      new Promise<void>((resolve) => {
        if (records.length >= total) resolve();
        else waiting = { total, resolve };
      }),
  };
}

/** How many records a group has still to handle. */
export async function behind(log: EventLog, group: string): Promise<bigint> {
  const lag = await log.lag(group, [TOPIC]);
  return lag.reduce((sum, { committed, end }) => sum + end - committed, 0n);
}

/** Published to another topic, where the same keys have the same places. */
export async function keysOfTwoPartitions(log: EventLog): Promise<[string, string]> {
  await log.ensureTopics([topicSpec('probe.v1')]);
  const keys = numbers(0, 20).map(String);
  const positions = await log.publish(keys.map((key) => record(key, 0, 'probe.v1')));
  const other = positions.findIndex(({ partition }) => partition !== positions[0]?.partition);
  return [keys[0] ?? '', keys[other] ?? ''];
}
