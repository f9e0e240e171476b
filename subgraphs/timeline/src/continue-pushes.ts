import { createHash, randomUUID } from 'node:crypto';
import type { Id } from '@starling/domain/ids.ts';
import { createBoundedMap } from '@starling/kit/cache/bounded-map.ts';
import type { EventLog, LogRecord, NewRecord } from '@starling/kit/event-log/port.ts';
import { fanOutTopic, type FanOutEvent } from '@starling/schema/events/fanout-v1.ts';
import { isPulled, type Fame } from './fame.ts';
import type { NewEntry } from './announce-entry.ts';
import type { Push } from './fan-out.ts';

/**
 * Where pushes go on that are cut into slices: as records of the log, behind whatever waits there already, so that other pushes
 * overtake them. A record is acknowledged before that of the slice before it is committed, hence a crash leaves no hole.
 *
 * A crash between the two leaves the next slice in the log twice. The slices of one push lie in one partition, so both come
 * here, one after the other, and the second finds its slice done: it is dropped, and nothing grows from it. What is done is
 * remembered only by this process; where it has forgotten, a slice is pushed again, and changes nothing.
 */
export type Continuations = {
  /**
   * The pushes of new entries. This is where the way of an entry is chosen, by its own moment: it is pushed to every follower who has
   * a list, or, if its actor was famous, only to famous followers; everybody else merges it in when reading (fame.ts). Entries
   * of an actor that go to everybody share one push, so that the followers are read once. A repetition in this process begins the same
   * push again; whoever replays the log, with a new process, begins another one.
   */
  begin(fame: Fame, entries: readonly ActorsEntry[]): Push[];
  /** Resolves once the log has them. */
  publish(pushes: readonly Push[]): Promise<void>;
  /** Those that are still to do. */
  due(batch: readonly LogRecord[]): Push[];
  /** To be told when what is left of these is published. */
  done(pushes: readonly Push[]): void;
};

export type ActorsEntry = NewEntry & { actorId: Id };
export type ContinuationDeps = { log: Pick<EventLog, 'publish'>; now: () => number };

/** Pushes whose last slice is remembered: far more than are under way at a time. */
const REMEMBERED = 10_000;

export function createContinuations({ log, now }: ContinuationDeps, remembered = REMEMBERED): Continuations {
  const run = randomUUID();
  const lastDone = createBoundedMap<string, number>(remembered);
  return {
    begin: (fame, entries) => beginPushes(run, fame, entries),
    async publish(pushes) {
      if (pushes.length > 0) await log.publish(pushes.map((push) => toRecord(push, now())));
    },
    due: (batch) => batch.map(toPush).filter(({ pushId, slice }) => slice > (lastDone.get(pushId) ?? 0)),
    done(pushes) {
      for (const { pushId, slice } of pushes) lastDone.set(pushId, slice);
    },
  };
}

/** As `Continuations.begin`; of one `run`, the same entries make the same pushes. */
export function beginPushes(run: string, fame: Fame, entries: readonly ActorsEntry[]): Push[] {
  const wayOf = ({ entryId, actorId, at }: ActorsEntry) =>
    isPulled(fame, actorId, at) ? `entry ${entryId}` : `actor ${actorId}`;
  return [...Map.groupBy(entries, wayOf).values()].map((group) => firstSlice(run, fame, group));
}

/** Of entries of one actor that go the same way. */
function firstSlice(run: string, fame: Fame, entries: readonly ActorsEntry[]): Push {
  const { actorId = '', at = 0 } = entries[0] ?? {};
  const ids = entries.map(({ entryId }) => entryId);
  return {
    pushId: createHash('sha256')
      .update([run, ...ids].join())
      .digest('base64url'),
    actorId,
    entries: entries.map(({ actorId: _, ...entry }) => entry),
    famousAtMs: isPulled(fame, actorId, at) ? at : 0,
    afterId: '',
    slice: 0,
  };
}

/** The record goes on in the trace of its first entry; each entry is announced in its own. */
function toRecord({ pushId, actorId, entries, famousAtMs, afterId, slice }: Push, at: number): NewRecord {
  const [first] = entries;
  const event: FanOutEvent = {
    eventId: randomUUID(),
    revision: slice,
    version: 1,
    at,
    type: 'push.continued',
    pushId,
    actorId,
    entries: entries.map((entry) => ({ ...entry, trace: { ...entry.trace } })),
    famousAtMs,
    afterId,
  };
  return {
    topic: fanOutTopic.name,
    key: first?.entryId ?? '',
    value: JSON.stringify(event),
    headers: { ...first?.trace },
  };
}

/** Where a record of `fanout.v1` goes on. */
export function toPush({ value }: Pick<LogRecord, 'value'>): Push {
  const { pushId, actorId, entries, famousAtMs, afterId, revision } = fanOutTopic.parse(value);
  return { pushId, actorId, entries, famousAtMs, afterId, slice: revision };
}
