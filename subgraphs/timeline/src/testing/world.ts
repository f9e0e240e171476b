import { homeTimeline, homeTimelineAt, type Entry, type HomeEntry } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import { decide, decideEntry, type Decision, type Subject, type TweetState } from '@starling/domain/visibility.ts';
import { fameActs, relationActs, tweetActs } from './world-acts.ts';
import { likeActs } from './world-engagement.ts';
import { servicesOf } from './world-services.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { createState, must, type Person, type WorldState } from './world-state.ts';

export type { Person } from './world-state.ts';
export type World = ReturnType<typeof createWorld>;

/** The facts of all the other subgraphs in one small memory, and the definition of a home timeline over them. */
export function createWorld(peopleCount: number, { collapseWithin = COLLAPSE_WITHIN } = {}) {
  const state = createState(peopleCount);
  return {
    collapseWithin,
    people: state.people,
    events: state.events,
    opens: state.opens,
    ...tweetActs(state),
    ...likeActs(state),
    ...relationActs(state),
    ...fameActs(state),
    services: servicesOf(state),
    now: () => state.clock,
    advance: (ms: number) => {
      state.clock += ms;
    },
    /** By brute force. */
    homeOf: (viewer: Person) => homeOf(state, viewer, { collapseWithin }).map(({ id }) => id),
    uncollapsedHomeOf: (viewer: Person) => homeOf(state, viewer, { collapseWithin: 0 }).map(({ id }) => id),
    /** With names; where `ids` are given, as if there were no other entries. */
    namedHomeOf: (viewer: Person, ids?: ReadonlySet<Id>) => homeOf(state, viewer, { collapseWithin, ids }),
    namedHomeAt: (viewer: Person, atMs: number) => homeOf(state, viewer, { collapseWithin, atMs }),
    opened: (viewer: Person, tweetId: Id) => opened(state, viewer, tweetId),
    tweetOf: (entryId: Id) => must(state.entries.get(entryId)).tweetId,
    actorOf: (entryId: Id) => must(state.entries.get(entryId)).actorId,
    /** Whether the viewer has no need of a list to see the entry: an own one, or a tweet with a followed hashtag. */
    isPulledBy: (viewer: Person, entryId: Id) => isPulled(viewer, must(state.entries.get(entryId))),
  };
}

const COLLAPSE_WITHIN = 3;

type Kept = {
  collapseWithin: number;
  ids?: ReadonlySet<Id> | undefined;
  /** As of this moment, if it is given. */
  atMs?: number;
};

function homeOf({ entries, byId }: WorldState, viewer: Person, { collapseWithin, ids, atMs }: Kept): HomeEntry[] {
  const present = [...entries.values()].filter(({ id }) => ids?.has(id) ?? true);
  const all = present.map((entry) => ({ ...entry, parentAuthorId: entry.parentAuthorId || null }));
  const isVisible = ({ id, actorId, authorId }: Entry): boolean => {
    const { state } = must(entries.get(id));
    const actor = subjectOf(viewer, must(byId.get(actorId)), 'live');
    const tweet = subjectOf(viewer, must(byId.get(authorId)), state as TweetState);
    return decideEntry(viewer.id, { actor, tweet }, 'home').verdict === 'show';
  };
  const rules = { isVisible, collapseWithin };
  const { id: viewerId, following, hashtags } = viewer;
  if (atMs !== undefined) return homeTimelineAt(atMs, { ...viewer, viewerId }, all, rules);
  const standing = all.filter(({ undoneAtMs }) => undoneAtMs === null);
  return homeTimeline({ viewerId, following, hashtags }, standing, rules);
}

/** What becomes of a tweet that the viewer opens. */
function opened({ entries, byId }: WorldState, viewer: Person, tweetId: Id): Decision {
  const { authorId, state } = must(entries.get(tweetId));
  return decide(viewer.id, subjectOf(viewer, must(byId.get(authorId)), state as TweetState), 'direct');
}

function isPulled(viewer: Person, { id, tweetId, actorId, hashtags }: EntryFacts): boolean {
  return actorId === viewer.id || (id === tweetId && hashtags.some((tag) => viewer.hashtags.has(tag)));
}

function subjectOf(viewer: Person, other: Person, tweetState: TweetState): Subject {
  const relation = {
    following: viewer.following.has(other.id),
    blocking: viewer.blocking.has(other.id),
    blockedBy: other.blocking.has(viewer.id),
    muting: viewer.muting.has(other.id),
  };
  return { author: { id: other.id, state: other.state, isPrivate: other.isPrivate }, relation, tweetState };
}
