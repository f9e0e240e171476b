import { homeTimeline } from '@starling/domain/home-timeline.ts';
import { composeId, newestFirst, type Id } from '@starling/domain/ids.ts';
import {
  decideEntry,
  type AccountState,
  type Relation,
  type Subject,
  type TweetState,
} from '@starling/domain/visibility.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { tweetTopic, type TweetEvent } from '@starling/schema/events/tweet-v1.ts';
import type { RelationImage } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';

export type Person = {
  id: Id;
  state: AccountState;
  isPrivate: boolean;
  revision: bigint;
  followsRevision: bigint;
  following: Set<Id>;
  blocking: Set<Id>;
  muting: Set<Id>;
};

/** Gone for good: an undone retweet. A deleted tweet keeps its facts. */
type StoredEntry = EntryFacts & { isUndone: boolean };

export type World = ReturnType<typeof createWorld>;

const START_MS = Date.UTC(2026, 0, 1);

/** The facts of all the other subgraphs in one small memory, and the definition of a home timeline over them. */
export function createWorld(peopleCount: number) {
  let clock = START_MS;
  const people = Array.from({ length: peopleCount }, (_, index) =>
    createPerson(composeId({ atMs: START_MS, node: 1, sequence: index })),
  );
  const byId = new Map(people.map((person) => [person.id, person]));
  const entries = new Map<Id, StoredEntry>();
  const events: LogRecord[] = [];
  const personOf = (id: Id): Person => byId.get(id)!;

  function announce(event: Record<string, unknown>, key: Id): void {
    const value = JSON.stringify({ eventId: `e${events.length}`, revision: 1, version: 1, at: clock, ...event });
    events.push({
      topic: tweetTopic.name,
      key,
      value,
      headers: {},
      partition: 0,
      offset: BigInt(events.length),
      appendedAt: clock,
    });
  }
  function mint({ isRetweet = false, backdatedMs = 0 } = {}): Id {
    clock += 1;
    return composeId({
      atMs: clock - backdatedMs,
      node: backdatedMs ? 2 : 1,
      sequence: events.length % 4096,
      isRetweet,
    });
  }
  function bump(person: Person, { adds = false } = {}): void {
    person.revision += 1n;
    if (adds) person.followsRevision = person.revision;
  }

  return {
    people,
    events,
    now: () => clock,
    advance: (ms: number) => (clock += ms),

    post(author: Person, { parent, backdatedMs = 0 }: { parent?: EntryFacts; backdatedMs?: number } = {}): EntryFacts {
      const id = mint({ backdatedMs });
      const parentAuthorId = parent?.authorId ?? '';
      const facts = {
        id,
        actorId: author.id,
        tweetId: id,
        authorId: author.id,
        parentId: parent?.tweetId ?? '',
        parentAuthorId,
        conversationId: id,
        state: 'live',
        isUndone: false,
      };
      entries.set(id, facts);
      announce(
        {
          type: 'tweet.posted',
          tweetId: id,
          authorId: author.id,
          text: 'x',
          parentId: parent?.tweetId ?? null,
          parentAuthorId: parentAuthorId || null,
          conversationId: id,
          quotedId: null,
          hashtags: [],
          mentionedIds: [],
        } satisfies Partial<TweetEvent>,
        id,
      );
      return facts;
    },
    retweet(retweeter: Person, tweet: EntryFacts): EntryFacts {
      const id = mint({ isRetweet: true });
      const facts = { ...tweet, id, actorId: retweeter.id, isUndone: false };
      entries.set(id, facts);
      announce(
        {
          type: 'tweet.retweeted',
          retweetId: id,
          tweetId: tweet.tweetId,
          authorId: tweet.authorId,
          retweeterId: retweeter.id,
        },
        id,
      );
      return facts;
    },
    undo(entry: EntryFacts): void {
      if (entry.id === entry.tweetId) return;
      entries.get(entry.id)!.isUndone = true;
      announce(
        { type: 'tweet.unretweeted', retweetId: entry.id, tweetId: entry.tweetId, retweeterId: entry.actorId },
        entry.id,
      );
    },
    setTweetState(entry: EntryFacts, state: TweetState): void {
      for (const other of entries.values())
        if (other.tweetId === entry.tweetId && other.state !== 'deleted') other.state = state;
      if (state === 'deleted')
        announce({ type: 'tweet.deleted', tweetId: entry.tweetId, authorId: entry.authorId }, entry.tweetId);
    },

    follow(person: Person, other: Person): void {
      if (person === other || person.following.has(other.id) || blocked(person, other)) return;
      person.following.add(other.id);
      bump(person, { adds: true });
    },
    unfollow(person: Person, other: Person): void {
      if (person.following.delete(other.id)) bump(person);
    },
    block(person: Person, other: Person): void {
      if (person === other || person.blocking.has(other.id)) return;
      person.blocking.add(other.id);
      for (const [a, b] of [
        [person, other],
        [other, person],
      ] as const) {
        a.following.delete(b.id);
        bump(a);
      }
    },
    unblock(person: Person, other: Person): void {
      if (!person.blocking.delete(other.id)) return;
      bump(person);
      bump(other);
    },
    mute(person: Person, other: Person, on: boolean): void {
      if (person === other) return;
      if (on) person.muting.add(other.id);
      else person.muting.delete(other.id);
      bump(person);
    },

    /** What the other services would answer now. */
    services: {
      graph: {
        getRelations: async (_: unknown, { userId }: { userId: Id }): Promise<RelationImage> =>
          imageOf(personOf(userId)),
        async *streamFollowers(
          _: unknown,
          { userId, pageSize, afterId }: { userId: Id; pageSize: number; afterId: Id },
        ) {
          const ids = people
            .filter((person) => person.following.has(userId) && person.id > afterId)
            .map(({ id }) => id)
            .sort();
          for (let start = 0; start < ids.length; start += pageSize) yield { ids: ids.slice(start, start + pageSize) };
        },
      },
      tweets: {
        getEntries: async (_: unknown, { ids }: { ids: Id[] }) => ({
          entries: ids
            .flatMap((id) => entries.get(id) ?? [])
            .filter(({ isUndone }) => !isUndone)
            .map(copyOf),
        }),
        listByActors: async (_: unknown, request: { actorIds: Id[]; beforeId: Id; afterId: Id; limit: number }) => {
          const { actorIds, beforeId, limit } = request;
          if (actorIds.length === 0 || limit < 1) throw new Error('asked for nothing');
          const found = [...entries.values()]
            .filter((entry) => actorIds.includes(entry.actorId) && !entry.isUndone && entry.state !== 'deleted')
            .filter(({ id }) => beforeId === '' || id < beforeId)
            .sort((a, b) => newestFirst(a.id, b.id));
          return { entries: found.slice(0, limit).map(copyOf) };
        },
      },
      users: {
        getUsers: async (_: unknown, { ids }: { ids: Id[] }) => ({
          users: ids
            .flatMap((id) => byId.get(id) ?? [])
            .map(({ id, state, isPrivate }) => ({ id, state, isPrivate, handle: '', name: '', revision: 1n })),
        }),
      },
    },

    /** The definition, by brute force. */
    homeOf(viewer: Person): Id[] {
      const present = [...entries.values()].filter(({ isUndone }) => !isUndone);
      const isVisible = ({ actorId, authorId, id }: { actorId: Id; authorId: Id; id: Id }): boolean => {
        const actor = subjectOf(viewer, personOf(actorId), 'live');
        const tweet = subjectOf(viewer, personOf(authorId), entries.get(id)!.state as TweetState);
        return decideEntry(viewer.id, { actor, tweet }, 'home').verdict === 'show';
      };
      const all = present.map((entry) => ({ ...entry, parentAuthorId: entry.parentAuthorId || null }));
      return homeTimeline({ viewerId: viewer.id, following: viewer.following }, all, isVisible);
    },
    actorOf: (entryId: Id): Id => entries.get(entryId)!.actorId,
  };

  function imageOf(person: Person): RelationImage {
    const { id, revision, followsRevision, following, blocking, muting } = person;
    const blockedBy = people.filter((other) => other.blocking.has(id)).map((other) => other.id);
    return {
      userId: id,
      revision,
      followsRevision,
      following: [...following],
      blocking: [...blocking],
      blockedBy,
      muting: [...muting],
    };
  }
}

function createPerson(id: Id): Person {
  return {
    id,
    state: 'active',
    isPrivate: false,
    revision: 0n,
    followsRevision: 0n,
    following: new Set(),
    blocking: new Set(),
    muting: new Set(),
  };
}

function blocked(a: Person, b: Person): boolean {
  return a.blocking.has(b.id) || b.blocking.has(a.id);
}

function subjectOf(viewer: Person, other: Person, tweetState: TweetState): Subject {
  const relation: Relation = {
    following: viewer.following.has(other.id),
    blocking: viewer.blocking.has(other.id),
    blockedBy: other.blocking.has(viewer.id),
    muting: viewer.muting.has(other.id),
  };
  return { author: { id: other.id, state: other.state, isPrivate: other.isPrivate }, relation, tweetState };
}

function copyOf({ isUndone: _, ...facts }: StoredEntry): EntryFacts {
  return facts;
}
