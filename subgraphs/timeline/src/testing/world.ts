import { homeTimeline, type Entry } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import { decideEntry, type Subject, type TweetState } from '@starling/domain/visibility.ts';
import { fameActs, relationActs, tweetActs } from './world-acts.ts';
import { likeActs } from './world-engagement.ts';
import { servicesOf } from './world-services.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { createState, must, type Person, type WorldState } from './world-state.ts';

export type { Person } from './world-state.ts';
export type World = ReturnType<typeof createWorld>;

/** The facts of all the other subgraphs in one small memory, and the definition of a home timeline over them. */
export function createWorld(peopleCount: number) {
  const state = createState(peopleCount);
  return {
    people: state.people,
    events: state.events,
    ...tweetActs(state),
    ...likeActs(state),
    ...relationActs,
    ...fameActs(state),
    services: servicesOf(state),
    now: () => state.clock,
    advance: (ms: number) => {
      state.clock += ms;
    },
    /** By brute force. */
    homeOf: (viewer: Person) => homeOf(state, viewer),
    tweetOf: (entryId: Id) => must(state.entries.get(entryId)).tweetId,
    actorOf: (entryId: Id) => must(state.entries.get(entryId)).actorId,
    /** Whether the viewer has no need of a list to see the entry: an own one, or a tweet with a followed hashtag. */
    isPulledBy: (viewer: Person, entryId: Id) => isPulled(viewer, must(state.entries.get(entryId))),
  };
}

function homeOf({ entries, byId }: WorldState, viewer: Person): Id[] {
  const present = [...entries.values()].filter(({ isUndone }) => !isUndone);
  const all = present.map((entry) => ({ ...entry, parentAuthorId: entry.parentAuthorId || null }));
  const isVisible = ({ id, actorId, authorId }: Entry): boolean => {
    const { state } = must(entries.get(id));
    const actor = subjectOf(viewer, must(byId.get(actorId)), 'live');
    const tweet = subjectOf(viewer, must(byId.get(authorId)), state as TweetState);
    return decideEntry(viewer.id, { actor, tweet }, 'home').verdict === 'show';
  };
  const { id: viewerId, following, hashtags } = viewer;
  return homeTimeline({ viewerId, following, hashtags }, all, isVisible);
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
