import { belongsToHome, isRetweet, type Entry } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import {
  decide,
  decideEntry,
  reasonsOnEntry,
  tweetStateOf,
  type AuthorFacts,
  type EntryReason,
  type Reason,
  type Subject,
  type Surface,
  type TweetState,
} from '@starling/domain/visibility.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { ViewerPoint, Viewpoint } from './viewpoint.ts';

export function toEntry(facts: EntryFacts): Entry {
  const { id, actorId, tweetId, authorId, hashtags } = facts;
  const parentAuthorId = facts.parentAuthorId === '' ? null : facts.parentAuthorId;
  return { id, actorId, tweetId, authorId, parentAuthorId, hashtags };
}

/** Whether the entry belongs to the viewer's home timeline and may be shown there. `people`: actor and author, if they are known. */
export function showsAtHome(facts: EntryFacts, viewer: ViewerPoint, people: ReadonlyMap<Id, AuthorFacts>): boolean {
  return belongsToHome(toEntry(facts), viewer) && maySee(facts, viewer, people, 'home');
}

/** Answers to others show only if they are asked for; going on with one's own thread is no answer to others. */
export function belongsToProfile(facts: EntryFacts, includeReplies: boolean): boolean {
  if (includeReplies || isRetweet(facts) || facts.parentId === '') return true;
  return facts.parentAuthorId === facts.actorId;
}

export function maySee(
  facts: EntryFacts,
  viewpoint: Viewpoint,
  people: ReadonlyMap<Id, AuthorFacts>,
  surface: Surface,
): boolean {
  return decideEntry(viewpoint.viewerId, subjectsOf(facts, viewpoint, people), surface).verdict === 'show';
}

/** What keeps the viewer from opening the entry's tweet, whoever put it there; null if nothing does. */
export function hiddenWhenOpened(
  facts: EntryFacts,
  viewpoint: Viewpoint,
  people: ReadonlyMap<Id, AuthorFacts>,
): Reason | null {
  const decision = decide(viewpoint.viewerId, subjectsOf(facts, viewpoint, people).tweet, 'direct');
  return decision.verdict === 'show' ? null : decision.reason;
}

/** Whether the viewer may learn that the entry's retweeter is one: as in the list of the tweet's retweeters. */
export function isListedRetweeter(
  facts: EntryFacts,
  viewpoint: Viewpoint,
  people: ReadonlyMap<Id, AuthorFacts>,
): boolean {
  const { author, relation } = subjectsOf(facts, viewpoint, people).actor;
  return decide(viewpoint.viewerId, { author, relation }, 'people').verdict === 'show';
}

/** All that hides the entry at home, and whom it is about. */
export function reasonsAtHome(
  facts: EntryFacts,
  viewpoint: Viewpoint,
  people: ReadonlyMap<Id, AuthorFacts>,
): EntryReason[] {
  return reasonsOnEntry(viewpoint.viewerId, subjectsOf(facts, viewpoint, people), 'home');
}

/** Somebody who is not known is gone. */
function subjectsOf(
  { actorId, authorId, state }: EntryFacts,
  viewpoint: Viewpoint,
  people: ReadonlyMap<Id, AuthorFacts>,
) {
  return {
    actor: subjectOf(people.get(actorId) ?? gone(actorId), viewpoint, 'live'),
    tweet: subjectOf(people.get(authorId) ?? gone(authorId), viewpoint, tweetStateOf(state)),
  };
}

function gone(id: Id): AuthorFacts {
  return { id, state: 'erased', isPrivate: false };
}

function subjectOf(author: AuthorFacts, viewpoint: Viewpoint, tweetState: TweetState): Subject {
  return { author, relation: viewpoint.relationTo(author.id), tweetState };
}
