import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { EventLog, Incident, Subscription, TopicSpec } from '@starling/kit/event-log/port.ts';
import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { OutboxSource } from '@starling/kit/outbox/port.ts';
import { createRelay, type Relay } from '@starling/kit/outbox/relay.ts';
import { drain, type DrainOptions } from './drain.ts';
import { observeBacklog } from './observe-backlog.ts';

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
  /** Resolves when every outbox is empty and every group has committed everything; rejects if the worker stops before. */
  drain(options?: DrainOptions): Promise<void>;
  /** False once a relay or a consumer has died beyond restart. */
  isAlive(): boolean;
};

const PRUNE_EVERY_MS = 10 * 60 * 1000;

/** Moves facts outward: outboxes into the event log, and the log's records to the subgraphs' consumers. */
export function createWorker({ log, topics, sources, consumers, logger }: WorkerDeps): Worker {
  const relays: Relay[] = sources.map((source) => createRelay({ source, log, logger }));
  const stopped = new AbortController();
  let subscriptions: Subscription[] = [];
  let pruning: { stop(): Promise<void> } | undefined;
  let stopObserving = () => {};

  return {
    async start() {
      await log.ensureTopics(topics);
      subscriptions = await subscribeAll(log, consumers, logger);
      for (const relay of relays) relay.start();
      pruning = pruneNowAndThen(log, logger);
      stopObserving = observeBacklog({ log, sources, consumers });
    },
    async stop() {
      stopped.abort(new Error('The worker has stopped'));
      stopObserving();
      await Promise.all([pruning?.stop(), ...subscriptions.map((subscription) => subscription.stop())]);
      await Promise.all(relays.map((relay) => relay.stop()));
    },
    drain({ onLag, signal } = {}) {
      const either = AbortSignal.any([stopped.signal, ...(signal ? [signal] : [])]);
      return drain({ log, relays, consumers }, { onLag, signal: either });
    },
    isAlive: () =>
      subscriptions.every((subscription) => subscription.isAlive()) && relays.every((relay) => relay.isAlive()),
  };
}

/** All or none. */
async function subscribeAll(log: EventLog, consumers: readonly Consumer[], logger: Logger): Promise<Subscription[]> {
  const results = await Promise.allSettled(consumers.map((consumer) => subscribe(log, consumer, logger)));
  const failed = results.find((result) => result.status === 'rejected');
  const begun = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (failed === undefined) return begun;
  await Promise.all(begun.map((subscription) => subscription.stop()));
  throw failed.reason;
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

/** At once as well: a process that never lives as long as the interval would never prune. */
function pruneNowAndThen(log: Pick<EventLog, 'prune'>, logger: Logger): { stop(): Promise<void> } {
  return nowAndThen(() => log.prune(), {
    everyMs: PRUNE_EVERY_MS,
    onError: (error) => logger.warn({ error }, 'Old records could not be pruned; the next round tries again'),
  });
}
