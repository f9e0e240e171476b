import type { EventLog } from '@starling/kit/event-log/port.ts';
import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { SLICES, TWEETS } from './push-records.ts';
import { fieldOf, type LogPositions } from './timeline-store/log-position.ts';

export type DeliveredUntil = {
  /** Looks at the log. Rejects if that is away; what was seen before counts no more then. */
  look(): Promise<void>;
  /** Epoch milliseconds: what was posted before ought to be in the lists. Null while nothing can be said. */
  until(): number | null;
};

export type DeliveredUntilDeps = {
  log: Pick<EventLog, 'lag'>;
  /** Milliseconds that a delivery may take beside the lag: in its outbox, and from slice to slice. */
  auditGraceMs: number;
  /** Epoch milliseconds. */
  now: () => number;
};

/** Where the log ended at a moment. */
type Sample = { at: number; ends: LogPositions };

/** While a group gets nowhere, older samples become sparser. */
const MOST_SAMPLES = 500;

/**
 * Whether the fan-out lags, in time. The log does not say when a group's next record was posted, so its ends are noted now and then: once
 * all that lay below them then is committed, so is all that was appended until that moment. A record is appended later than its tweet is
 * posted, and a big push goes on from slice to slice; that much is `auditGraceMs` for. As long must the log have answered without
 * interruption, for after one outboxes first publish what has waited in them. Of an outbox that stands while the log does not, nothing is
 * known here; it has an alert of its own.
 */
export function createDeliveredUntil({ log, auditGraceMs, now }: DeliveredUntilDeps): DeliveredUntil {
  let samples: Sample[] = [];
  let begunAt: number | null = null;
  let committedUntil: number | null = null;
  const forget = () => {
    samples = [];
    begunAt = null;
    committedUntil = null;
  };
  return {
    async look() {
      const at = now();
      const partitions = await standing(log).catch((error: unknown) => {
        forget();
        throw error;
      });
      if (partitions === null) return forget();
      begunAt ??= at;
      samples.push({ at, ends: partitions.ends });
      const passed = samples.findLastIndex(({ ends }) => isBelow(ends, partitions.committed));
      committedUntil = samples[passed]?.at ?? committedUntil;
      samples.splice(0, passed + 1);
      if (samples.length > MOST_SAMPLES) samples = samples.filter((_, index) => index % 2 === 0);
    },
    until() {
      if (committedUntil === null || begunAt === null) return null;
      const until = committedUntil - auditGraceMs;
      return until < begunAt ? null : until;
    },
  };
}

const LOOK_EVERY_MS = 10_000;

/** Looks now and then until stopped, and tells each time, if there is something to tell. */
export function watchDeliveries(
  deps: DeliveredUntilDeps & { logger: Pick<Logger, 'warn'>; tell(untilMs: number): Promise<void> },
): Pick<DeliveredUntil, 'until'> & { stop(): Promise<void> } {
  const { logger, tell } = deps;
  const delivered = createDeliveredUntil(deps);
  const looking = nowAndThen(
    async () => {
      await delivered.look();
      const until = delivered.until();
      if (until !== null) await tell(until);
    },
    {
      everyMs: LOOK_EVERY_MS,
      onError: (error) => logger.warn({ error }, 'It is not known how far home timelines lag; audits judge no hole'),
    },
  );
  return { until: delivered.until, stop: looking.stop };
}

/** Null while the log does not tell of all topics. */
async function standing(log: Pick<EventLog, 'lag'>): Promise<{ ends: LogPositions; committed: LogPositions } | null> {
  const topics = await Promise.all([TWEETS, SLICES].map(({ group, topic }) => log.lag(group, [topic])));
  if (topics.some((partitions) => partitions.length === 0)) return null;
  const positions = (of: 'end' | 'committed') =>
    new Map(topics.flat().map((partition) => [fieldOf(partition), partition[of]]));
  return { ends: positions('end'), committed: positions('committed') };
}

function isBelow(ends: LogPositions, committed: LogPositions): boolean {
  return [...ends].every(([field, end]) => end <= (committed.get(field) ?? 0n));
}
