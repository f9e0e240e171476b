import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { measureBacklog } from '@starling/kit/outbox/backlog.ts';
import type { OutboxSource } from '@starling/kit/outbox/port.ts';
import { logLag, outboxAge, outboxWaiting } from '@starling/kit/telemetry/metrics.ts';
import { beforeTelling } from '@starling/kit/telemetry/registry.ts';

export type BacklogDeps = {
  log: Pick<EventLog, 'lag'>;
  sources: readonly Pick<OutboxSource, 'name' | 'pool'>[];
  consumers: readonly Pick<Consumer, 'group' | 'topics'>[];
};

/** Shows what waits in outboxes and before consumers, each time metrics are asked for. Answers how to stop that. */
export function observeBacklog({ log, sources, consumers }: BacklogDeps): () => void {
  const stops = [
    ...sources.map((source) => beforeTelling(() => lookAtOutbox(source))),
    ...consumers.map((consumer) => beforeTelling(() => lookAtGroup(log, consumer))),
  ];
  return () => stops.forEach((stop) => stop());
}

async function lookAtOutbox({ name: outbox, pool }: Pick<OutboxSource, 'name' | 'pool'>): Promise<void> {
  const { count, oldestMs } = await measureBacklog(pool);
  outboxWaiting.set({ outbox }, count);
  outboxAge.set({ outbox }, oldestMs / 1_000);
}

async function lookAtGroup(
  log: BacklogDeps['log'],
  { group, topics }: Pick<Consumer, 'group' | 'topics'>,
): Promise<void> {
  const partitions = await log.lag(group, topics);
  for (const [topic, ofTopic] of Map.groupBy(partitions, (partition) => partition.topic))
    logLag.set(
      { group, topic },
      ofTopic.reduce((left, { committed, end }) => left + Number(end - committed), 0),
    );
}
