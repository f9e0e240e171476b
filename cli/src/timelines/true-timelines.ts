import { homeTimeline, type Entry } from '@starling/domain/home-timeline.ts';
import { newestFirst, type Id } from '@starling/domain/ids.ts';
import { decideEntry, type AuthorFacts, type Subject } from '@starling/domain/visibility.ts';
import { systemCall } from '@starling/kit/call.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';

export type TruthServices = {
  users: Pick<Users<CallContext>, 'getUsers'>;
  graph: Pick<Graph<CallContext>, 'getRelations'>;
  tweets: Pick<Tweets<CallContext>, 'listByActors'>;
};

/** An entry, and whom it names. */
export type TrueEntry = Entry & { followees: readonly Id[] };

/** What the home timeline of one person must be, by the definition and nothing else. */
export type TrueTimeline = { following: ReadonlySet<Id>; entries: readonly TrueEntry[] };

const PAGE = 5_000;
const ACTORS_A_CALL = 5_000;
const USERS_A_CALL = 1_000;

/**
 * Computes home timelines by brute force: every entry of everybody, held against the definition in domain/, with the
 * follow graph as graph has it. Slow on purpose: all it shares with what it checks is the definition, and the services'
 * word for who follows whom and who posted what, which an import holds against its file.
 * `actorIds` are all who may have posted.
 */
export async function readTruth(
  services: TruthServices,
  { actorIds, collapseWithin }: { actorIds: readonly Id[]; collapseWithin: number },
): Promise<(viewerId: Id) => Promise<TrueTimeline>> {
  const facts = await allEntries(services.tweets, actorIds);
  const people = await allPeople(services.users, [...new Set([...actorIds, ...facts.map(({ authorId }) => authorId)])]);
  const entries = new Map(facts.map((fact) => [fact.id, { fact, entry: entryOf(fact) }]));
  return async (viewerId) => {
    const image = await services.graph.getRelations(call(), { userId: viewerId });
    const following = new Set(image.following);
    const sets = {
      blocking: new Set(image.blocking),
      blockedBy: new Set(image.blockedBy),
      muting: new Set(image.muting),
    };
    const subjectOf = (id: Id, tweetState: Subject['tweetState']): Subject => ({
      author: people.get(id) ?? { id, state: 'erased', isPrivate: false },
      relation: {
        following: following.has(id),
        blocking: sets.blocking.has(id),
        blockedBy: sets.blockedBy.has(id),
        muting: sets.muting.has(id),
      },
      tweetState,
    });
    const isVisible = ({ id, actorId, authorId }: Entry) => {
      const state = entries.get(id)?.fact.state as Subject['tweetState'];
      const subjects = { actor: subjectOf(actorId, 'live'), tweet: subjectOf(authorId, state) };
      return decideEntry(viewerId, subjects, 'home').verdict === 'show';
    };
    const all = [...entries.values()].map(({ entry }) => entry);
    const hashtags = new Set(image.hashtags);
    const timeline = homeTimeline({ viewerId, following, hashtags }, all, { isVisible, collapseWithin });
    return {
      following,
      entries: timeline.flatMap(({ id, followees }) => {
        const entry = entries.get(id)?.entry;
        return entry ? { ...entry, followees } : [];
      }),
    };
  };
}

/** Everything these people have put on timelines and not taken away, newest first. */
export async function allEntries(tweets: TruthServices['tweets'], actorIds: readonly Id[]): Promise<EntryFacts[]> {
  const found: EntryFacts[] = [];
  for (const some of chunks(actorIds, ACTORS_A_CALL)) {
    let beforeId = '';
    for (;;) {
      const { entries } = await tweets.listByActors(call(), { actorIds: some, beforeId, afterId: '', limit: PAGE });
      found.push(...entries);
      const last = entries.at(-1);
      if (last === undefined) break;
      beforeId = last.id;
    }
  }
  return found.sort((a, b) => newestFirst(a.id, b.id));
}

async function allPeople(users: TruthServices['users'], ids: readonly Id[]): Promise<Map<Id, AuthorFacts>> {
  const found = new Map<Id, AuthorFacts>();
  for (const some of chunks(ids, USERS_A_CALL)) {
    for (const { id, state, isPrivate } of (await users.getUsers(call(), { ids: some })).users) {
      found.set(id, { id, state: state as AuthorFacts['state'], isPrivate });
    }
  }
  return found;
}

function entryOf({ id, actorId, tweetId, authorId, parentAuthorId, hashtags }: EntryFacts): Entry {
  return { id, actorId, tweetId, authorId, parentAuthorId: parentAuthorId === '' ? null : parentAuthorId, hashtags };
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function call(): CallContext {
  return systemCall('timelines', { timeoutMs: 60_000 });
}
