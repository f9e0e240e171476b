import type { FameInterval } from '@starling/domain/fame.ts';
import type { PastFollow, PastHashtagFollow } from '@starling/domain/home-timeline.ts';
import { composeId, type Id } from '@starling/domain/ids.ts';
import type { AccountState } from '@starling/domain/visibility.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';

export type Person = {
  id: Id;
  state: AccountState;
  isPrivate: boolean;
  revision: bigint;
  followsRevision: bigint;
  following: Set<Id>;
  hashtags: Set<string>;
  /** Every follow there ever was. */
  follows: PastFollow[];
  hashtagFollows: PastHashtagFollow[];
  blocking: Set<Id>;
  muting: Set<Id>;
};

/** An undone retweet is gone for good; a deleted tweet keeps its facts. */
export type StoredEntry = EntryFacts & { undoneAtMs: number | null };

export type WorldState = {
  clock: number;
  people: Person[];
  byId: Map<Id, Person>;
  entries: Map<Id, StoredEntry>;
  likes: { userId: Id; tweetId: Id; authorId: Id; atMs: number }[];
  opens: StoredOpen[];
  events: LogRecord[];
  fame: StoredFame[];
};

/** That somebody looked at a profile, as it was written down. */
export type StoredOpen = { viewerId: Id; userId: Id; slotMs: bigint; atMs: number };

export type StoredFame = FameInterval & { userId: Id; announcedAt: number };

const START_MS = Date.UTC(2026, 0, 1);

export function createState(peopleCount: number): WorldState {
  const people = Array.from({ length: peopleCount }, (_, index) => createPerson(index));
  const byId = new Map(people.map((person) => [person.id, person]));
  return { clock: START_MS, people, byId, entries: new Map(), likes: [], opens: [], events: [], fame: [] };
}

export function mint(world: WorldState, { isRetweet = false, backdatedMs = 0 } = {}): Id {
  world.clock += 1;
  const node = backdatedMs > 0 ? 2 : 1;
  return composeId({ atMs: world.clock - backdatedMs, node, sequence: world.events.length % 4_096, isRetweet });
}

export function announce({ events, clock }: WorldState, key: Id, event: Record<string, unknown>): void {
  const offset = BigInt(events.length);
  const value = JSON.stringify({ eventId: `e${offset}`, revision: 1, version: 1, at: clock, ...event });
  events.push({ topic: tweetTopic.name, key, value, headers: {}, partition: 0, offset, appendedAt: clock });
}

/** What must be there. */
export function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the world has no such thing');
  return value;
}

function createPerson(sequence: number): Person {
  return {
    id: composeId({ atMs: START_MS, node: 1, sequence }),
    state: 'active',
    isPrivate: false,
    revision: 0n,
    followsRevision: 0n,
    following: new Set(),
    hashtags: new Set(),
    follows: [],
    hashtagFollows: [],
    blocking: new Set(),
    muting: new Set(),
  };
}
