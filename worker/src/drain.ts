import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import type { Relay } from '@starling/kit/outbox/relay.ts';

export type DrainDeps = {
  log: Pick<EventLog, 'lag'>;
  relays: readonly Pick<Relay, 'isIdle'>[];
  consumers: readonly Pick<Consumer, 'group' | 'topics'>[];
};

export type DrainOptions = {
  /** Hears how many records are left, group by group together. */
  onLag?: (left: number) => void;
  /** Gives up waiting: `drain` rejects with its reason. */
  signal?: AbortSignal;
};

const POLL_MS = 20;
/** While much is left, to ask often would only slow the work down. */
const MUCH = 1_000;
const SLOW_POLL_MS = 200;

/**
 * Resolves when nothing is on its way: every outbox is empty and every group has committed everything.
 *
 * These are looked at one after another, and work moves between them meanwhile: a consumer writes to an outbox or to the log, a
 * relay feeds another consumer. So the groups are asked before and after the outboxes. If nobody lagged either time and the
 * log had not grown in between, no consumer was at work while the outboxes were looked at; so what they did not hold then
 * does not exist.
 */
export async function drain(
  { log, relays, consumers }: DrainDeps,
  { onLag, signal }: DrainOptions = {},
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const before = await positionOf(log, consumers);
    onLag?.(before.lag);
    if (before.lag === 0 && (await areIdle(relays))) {
      const after = await positionOf(log, consumers);
      if (after.lag === 0 && after.ends === before.ends) return;
    }
    await delay(before.lag > MUCH ? SLOW_POLL_MS : POLL_MS, undefined, { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}

/** Where all groups together stand: records they have still to handle, and how far the log reaches for each. */
async function positionOf(
  log: DrainDeps['log'],
  consumers: DrainDeps['consumers'],
): Promise<{ lag: number; ends: string }> {
  const partitions = (await Promise.all(consumers.map(({ group, topics }) => log.lag(group, topics)))).flat();
  return {
    lag: partitions.reduce((left, { end, committed }) => left + Number(end - committed), 0),
    ends: partitions.map(({ end }) => end).join(),
  };
}

async function areIdle(relays: DrainDeps['relays']): Promise<boolean> {
  return (await Promise.all(relays.map((relay) => relay.isIdle()))).every(Boolean);
}
