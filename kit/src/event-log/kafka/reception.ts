import { setTimeout as delay } from 'node:timers/promises';
import type { NewRecord, PartitionLag, SubscribeOptions } from '../port.ts';
import { type Assignment, createAssignment } from './assignment.ts';
import { createDispatcher } from './dispatcher.ts';
import { FULL, type Inbox, createInbox } from './inbox.ts';
import { keyOf, type Place } from '../place.ts';
import type { Fetched, Session, SessionHooks } from './session.ts';

export type ReceptionDeps = {
  options: Required<SubscribeOptions>;
  /** Where the group stands. */
  positions(topics: readonly string[]): Promise<PartitionLag[]>;
  publish(records: readonly NewRecord[]): Promise<unknown>;
  /** How long a rebalance waits for batches in hand, in milliseconds. */
  patienceMs: number;
  /** Told when the member knows its partitions and where to begin in them. */
  onReady(): void;
};

/** Takes what sessions fetch, and hands it to the consumer under the assignment that it was fetched for. */
export type Reception = {
  hooks: SessionHooks;
  /** The session that is on from now on. */
  attend(session: Session): void;
  /** Starts nothing more. Resolves when what is in hand has ended and is committed, or after the patience. */
  close(patienceMs: number): Promise<void>;
  /** Nothing of what is in hand may be committed any more. */
  end(): void;
};

/** How long a full inbox may hold up its server's other partitions before it is left out of fetches. */
const HOLD_MS = 100;

export function createReception(deps: ReceptionDeps): Reception {
  const { options, patienceMs, positions, publish, onReady } = deps;
  let session: Session | null = null;
  let assignment: Assignment | null = null;
  let ready: Promise<void> = Promise.resolve();
  let isClosed = false;
  const dispatcher = createDispatcher({
    ...{ options, publish },
    onBroken: (error) => session?.fail(error),
  });

  function end(): void {
    assignment?.end();
    assignment = null;
  }

  function mayJoin(): boolean {
    if (assignment === null) return true;
    assignment.close();
    if (assignment.running.size > 0 && assignment.closingFor() < patienceMs) return false;
    end();
    return true;
  }

  function onJoined(places: readonly Place[]): void {
    end();
    if (isClosed) return session?.pause(places);
    session?.resume(places);
    const own = (assignment = createAssignment(async (positions) => session?.commit(positions)));
    ready = openInboxes(own, places, positions).then(onReady);
    ready.catch((error: unknown) => session?.fail(error));
  }

  async function onBatch(fetched: Fetched): Promise<void> {
    const own = assignment;
    if (own === null || own.closing.aborted) return;
    await ready;
    if (own !== assignment || own.closing.aborted || fetched.isStale()) return;
    const inbox = own.inboxes.get(keyOf(fetched));
    if (inbox === undefined) return session?.pause([fetched]);
    if (!inbox.offer(fetched.records, fetched.end)) return session?.seek(fetched, inbox.next());
    fetched.resolve(inbox.next());
    dispatcher.dispatch(own);
    if (inbox.size() < FULL || (await hasRoomSoon(inbox, own)) || own !== assignment) return;
    leaveOut(inbox, session, () => own === assignment && !own.closing.aborted);
  }

  async function close(ms: number): Promise<void> {
    isClosed = true;
    if (assignment === null) return;
    const { inboxes, running } = assignment;
    assignment.close();
    session?.pause([...inboxes.values()]);
    await Promise.race([emptied(running), delay(ms, undefined, { ref: false })]);
  }

  return { hooks: { mayJoin, onJoined, onBatch }, attend: (next) => void (session = next), close, end };
}

/** What has ended may have left something to commit. */
async function emptied(running: ReadonlySet<Promise<void>>): Promise<void> {
  while (running.size > 0) await Promise.all(running);
}

/** Each begins where the group stands. */
async function openInboxes(
  { inboxes, commits }: Assignment,
  places: readonly Place[],
  positions: ReceptionDeps['positions'],
): Promise<void> {
  if (places.length === 0) return;
  const own = new Set(places.map(keyOf));
  for (const position of await positions([...new Set(places.map(({ topic }) => topic))])) {
    const { topic, partition, committed } = position;
    if (!own.has(keyOf(position))) continue;
    commits.begin({ topic, partition, offset: committed });
    inboxes.set(keyOf(position), createInbox(topic, partition, committed));
  }
}

/** Back-pressure, first on the fetches of this server. */
async function hasRoomSoon(inbox: Inbox, { closing }: Assignment): Promise<boolean> {
  const given = new AbortController();
  const signal = AbortSignal.any([closing, given.signal]);
  const over = delay(HOLD_MS, undefined, { signal }).catch(() => undefined);
  await Promise.race([inbox.roomy(), over]);
  given.abort();
  return inbox.size() < FULL / 2;
}

/** And then on this partition alone. */
function leaveOut(inbox: Inbox, session: Session | null, isOurs: () => boolean): void {
  session?.pause([inbox]);
  void inbox.roomy().then(() => {
    if (isOurs()) session?.resume([inbox]);
  });
}
