import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { EventLog, Incident, Subscription, TopicSpec } from '@starling/kit/event-log/port.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { OutboxSource } from '@starling/kit/outbox/port.ts';
import { createRelay, type Relay } from '@starling/kit/outbox/relay.ts';

export type WorkerDeps = {
  log: EventLog;
  topics: readonly TopicSpec[];
  /** Databases whose outboxes this worker relays. */
  sources: readonly OutboxSource[];
  consumers: readonly Consumer[];
  logger: Logger;
};

export type Worker = {
  /** Creates missing topics, then starts relays and consumers. */
  start(): Promise<void>;
  /** Ends consumers first, so that nothing is taken up that cannot be finished; then relays. */
  stop(): Promise<void>;
  /** Resolves when every outbox is empty and every group has committed everything. `onLag` hears what is left. */
  drain(options?: { onLag?: (left: number) => void; signal?: AbortSignal }): Promise<void>;
  /** False once a relay or a consumer has died beyond restart. */
  isAlive(): boolean;
};

const DRAIN_POLL_MS = 20;
const PRUNE_EVERY_MS = 10 * 60 * 1000;

/** Moves facts outward: outboxes into the event log, and the log's records to the subgraphs' consumers. */
export function createWorker({ log, topics, sources, consumers, logger }: WorkerDeps): Worker {
  const relays: Relay[] = sources.map((source) => createRelay({ source, log, logger }));
  let subscriptions: Subscription[] = [];
  let pruning: NodeJS.Timeout | undefined;

  return {
    async start() {
      await log.ensureTopics(topics);
      subscriptions = await Promise.all(consumers.map((consumer) => subscribe(log, consumer, logger)));
      for (const relay of relays) relay.start();
      pruning = setInterval(() => void prune(log, logger), PRUNE_EVERY_MS).unref();
    },
    async stop() {
      clearInterval(pruning);
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      await Promise.all(relays.map((relay) => relay.stop()));
    },
    async drain({ onLag, signal } = {}) {
      for (;;) {
        signal?.throwIfAborted();
        await Promise.all(relays.map((relay) => relay.drain()));
        const lag = await sum(consumers.map((consumer) => lagOf(log, consumer)));
        onLag?.(lag);
        // A consumer may have written to an outbox after that was found empty, but not after its own lag was found gone.
        if (lag === 0 && (await areIdle(relays))) return;
        await delay(DRAIN_POLL_MS);
      }
    },
    isAlive: () =>
      subscriptions.every((subscription) => subscription.isAlive()) && relays.every((relay) => relay.isAlive()),
  };
}

function subscribe(
  log: EventLog,
  { group, topics, handle, maxBatch, concurrency }: Consumer,
  logger: Logger,
): Promise<Subscription> {
  return log.subscribe({
    group,
    topics,
    handle,
    ...(maxBatch === undefined ? {} : { maxBatch }),
    ...(concurrency === undefined ? {} : { concurrency }),
    onIncident: (incident) => tell(group, incident, logger),
  });
}

function tell(group: string, incident: Incident, logger: Logger): void {
  const facts = 'offset' in incident ? { ...incident, offset: String(incident.offset), group } : { ...incident, group };
  if (incident.kind === 'resumed') logger.info(facts, 'A partition goes on');
  else if (incident.kind === 'dead') logger.error(facts, 'A record went to the dead letters');
  else
    logger.warn(facts, incident.kind === 'paused' ? 'A partition waits for a dependency' : 'A record is tried again');
}

async function prune(log: EventLog, logger: Logger): Promise<void> {
  try {
    await log.prune();
  } catch (error) {
    logger.warn({ error }, 'Old records could not be pruned; the next round tries again');
  }
}

async function lagOf(log: EventLog, { group, topics }: Consumer): Promise<number> {
  const partitions = await log.lag(group, topics);
  return partitions.reduce((left, { end, committed }) => left + Number(end - committed), 0);
}

async function areIdle(relays: readonly Relay[]): Promise<boolean> {
  return (await Promise.all(relays.map((relay) => relay.isIdle()))).every(Boolean);
}

async function sum(counts: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(counts)).reduce((total, count) => total + count, 0);
}
