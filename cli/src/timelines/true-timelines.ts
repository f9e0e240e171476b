import { homeTimeline, type Entry } from '@starling/domain/home-timeline.ts';
import { newestFirst, type Id } from '@starling/domain/ids.ts';
import { decideEntry, type AuthorFacts, type Subject } from '@starling/domain/visibility.ts';
import { systemCall } from '@starling/kit/call.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph, RelationImage } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';

export type TruthServices = {
  users: Pick<Users<CallContext>, 'getUsers'>;
  graph: Pick<Graph<CallContext>, 'getRelations'>;
  tweets: Pick<Tweets<CallContext>, 'listByActors'>;
};

/** As `TruthServices`, for the truth of one person alone. */
export type OnesTruthServices = TruthServices & { tweets: Pick<Tweets<CallContext>, 'listByHashtags'> };

/** An entry, and whom it names. */
export type TrueEntry = Entry & { followees: readonly Id[] };

/** What the home timeline of one person must be, by the definition and nothing else. */
export type TrueTimeline = {
  following: ReadonlySet<Id>;
  entries: readonly TrueEntry[];
  /** What it does not go into: entries from this id on. Null if it has everything. */
  beforeId: Id | null;
};

const PAGE = 5_000;
const ACTORS_A_CALL = 5_000;
const USERS_A_CALL = 1_000;
const HASHTAGS_A_CALL = 1_000;

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
  const known = { entries: byId(facts), people: await peopleIn(services.users, facts, actorIds), collapseWithin };
  return async (viewerId) => {
    const image = await services.graph.getRelations(call(), { userId: viewerId });
    return { ...trueTimeline(viewerId, image, known), beforeId: null };
  };
}

/**
 * As `readTruth`, for one person, as things stand now: of what that person's timeline can hold, below `beforeId` if it is given.
 * No more than that is in memory. That a tweet carries a hashtag is tweets' word here.
 */
export async function readTruthOfOne(
  { users, graph, tweets }: OnesTruthServices,
  viewerId: Id,
  { collapseWithin, beforeId }: { collapseWithin: number; beforeId: Id | null },
): Promise<TrueTimeline> {
  const image = await graph.getRelations(call(), { userId: viewerId });
  const written = await allEntries(tweets, [viewerId, ...image.following], beforeId);
  const tagged = await allTagged(tweets, image.hashtags, beforeId);
  const facts = [...written, ...tagged];
  const known = { entries: byId(facts), people: await peopleIn(users, facts), collapseWithin };
  return { ...trueTimeline(viewerId, image, known), beforeId };
}

type Known = {
  entries: ReadonlyMap<Id, { fact: EntryFacts; entry: Entry }>;
  people: ReadonlyMap<Id, AuthorFacts>;
  collapseWithin: number;
};

function byId(facts: readonly EntryFacts[]): Known['entries'] {
  return new Map(facts.map((fact) => [fact.id, { fact, entry: entryOf(fact) }]));
}

function trueTimeline(
  viewerId: Id,
  image: RelationImage,
  { entries, people, collapseWithin }: Known,
): Omit<TrueTimeline, 'beforeId'> {
  const following = new Set(image.following);
  const subjectOf = subjectsTo(image, people);
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
}

/** How people stand to the viewer. */
function subjectsTo(image: RelationImage, people: ReadonlyMap<Id, AuthorFacts>) {
  const [following, muting] = [new Set(image.following), new Set(image.muting)];
  const [blocking, blockedBy] = [new Set(image.blocking), new Set(image.blockedBy)];
  return (id: Id, tweetState: Subject['tweetState']): Subject => ({
    author: people.get(id) ?? { id, state: 'erased', isPrivate: false },
    relation: {
      following: following.has(id),
      blocking: blocking.has(id),
      blockedBy: blockedBy.has(id),
      muting: muting.has(id),
    },
    tweetState,
  });
}

/** Everything these people have put on timelines and not taken away, newest first; below `before` if it is given. */
export async function allEntries(
  tweets: TruthServices['tweets'],
  actorIds: readonly Id[],
  before: Id | null = null,
): Promise<EntryFacts[]> {
  const parts = chunks(actorIds, ACTORS_A_CALL).map((some) =>
    allPages((beforeId) => tweets.listByActors(call(), { actorIds: some, beforeId, afterId: '', limit: PAGE }), before),
  );
  return inOrder(parts);
}

/** All tweets that carry one of these hashtags, newest first. */
async function allTagged(
  tweets: OnesTruthServices['tweets'],
  hashtags: readonly string[],
  before: Id | null,
): Promise<EntryFacts[]> {
  const parts = chunks(hashtags, HASHTAGS_A_CALL).map((some) =>
    allPages(
      (beforeId) => tweets.listByHashtags(call(), { hashtags: some, beforeId, afterId: '', limit: PAGE }),
      before,
    ),
  );
  return inOrder(parts);
}
type Page = { entries: EntryFacts[] };

async function* allPages(ask: (beforeId: string) => Promise<Page>, before: Id | null): AsyncGenerator<EntryFacts[]> {
  for (let beforeId = before ?? ''; ;) {
    const { entries } = await ask(beforeId);
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries;
    beforeId = last.id;
  }
}

/** One part after the other. */
async function inOrder(parts: readonly AsyncGenerator<EntryFacts[]>[]): Promise<EntryFacts[]> {
  const found: EntryFacts[] = [];
  for (const part of parts) for await (const entries of part) for (const entry of entries) found.push(entry);
  return found.sort((a, b) => newestFirst(a.id, b.id));
}

/** All who wrote these entries or put them there, and `others`. */
function peopleIn(
  users: TruthServices['users'],
  facts: readonly EntryFacts[],
  others: readonly Id[] = [],
): Promise<Map<Id, AuthorFacts>> {
  const ids = new Set(others);
  for (const { actorId, authorId } of facts) ids.add(actorId).add(authorId);
  return allPeople(users, [...ids]);
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
