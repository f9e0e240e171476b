import { belongsToHome, isRetweet, type Entry } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import {
  decideEntry,
  tweetStateOf,
  type AuthorFacts,
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
  return hiddenBy(facts, viewpoint, people, surface) === null;
}

/** What keeps the viewer from seeing the entry there; null if nothing does. Somebody who is not known is gone. */
export function hiddenBy(
  facts: EntryFacts,
  viewpoint: Viewpoint,
  people: ReadonlyMap<Id, AuthorFacts>,
  surface: Surface,
): Reason | null {
  const actor = people.get(facts.actorId);
  const author = people.get(facts.authorId);
  if (!actor || !author) return 'AUTHOR_ERASED';
  const subjects = {
    actor: subjectOf(actor, viewpoint, 'live'),
    tweet: subjectOf(author, viewpoint, tweetStateOf(facts.state)),
  };
  const decision = decideEntry(viewpoint.viewerId, subjects, surface);
  return decision.verdict === 'show' ? null : decision.reason;
}

function subjectOf(author: AuthorFacts, viewpoint: Viewpoint, tweetState: TweetState): Subject {
  return { author, relation: viewpoint.relationTo(author.id), tweetState };
}
