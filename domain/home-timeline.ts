import { newestFirst, type Id } from './ids.ts';

/**
 * The definition of the home timeline, once. Every reader, oracle, audit, import check and test calls it.
 *
 * The home timeline of V is V's own entries and those of everyone V follows now (also from before the follow),
 * a followee's reply only if its parent's author is V, the replier or followed by V, each entry visible to V,
 * newest entry id first. An entry is a tweet put there by its author or a retweet put there by the retweeter.
 */
export type Entry = {
  id: Id;
  /** Who put it there: the author, or the retweeter. */
  actorId: Id;
  /** The tweet that is shown: the entry itself, or the retweeted one. */
  tweetId: Id;
  authorId: Id;
  /** Author of the tweet that this tweet answers; null for a tweet that answers none. */
  parentAuthorId: Id | null;
};

/** What the viewer follows; blocks, mutes and states are the business of visibility. */
export type Follows = { viewerId: Id; following: ReadonlySet<Id> };

/** What an entry is in a home timeline that it belongs to: the viewer's own, or a followee's tweet, reply or retweet. */
export const HOME_KINDS = ['OWN', 'TWEET', 'REPLY', 'RETWEET'] as const;
export type HomeKind = (typeof HOME_KINDS)[number];

/** What keeps an entry out, were everything visible: nobody of the viewer's put it there, or it answers a stranger. */
export const HOME_ABSENCES = ['NOT_FOLLOWING', 'REPLY_TO_OTHERS'] as const;
export type HomeAbsence = (typeof HOME_ABSENCES)[number];

export function kindAtHome(entry: Entry, viewerId: Id): HomeKind {
  if (entry.actorId === viewerId) return 'OWN';
  if (entry.id !== entry.tweetId) return 'RETWEET';
  return entry.parentAuthorId === null ? 'TWEET' : 'REPLY';
}

/** Null if the entry belongs to the viewer's home timeline, were everything visible; else what keeps it out. */
export function absenceAtHome(entry: Entry, { viewerId, following }: Follows): HomeAbsence | null {
  const kind = kindAtHome(entry, viewerId);
  if (kind === 'OWN') return null;
  if (!following.has(entry.actorId)) return 'NOT_FOLLOWING';
  const { parentAuthorId: parent } = entry;
  if (kind !== 'REPLY' || parent === null) return null;
  const isAmongFollowed = parent === viewerId || parent === entry.actorId || following.has(parent);
  return isAmongFollowed ? null : 'REPLY_TO_OTHERS';
}

export function belongsToHome(entry: Entry, follows: Follows): boolean {
  return absenceAtHome(entry, follows) === null;
}

/** The whole timeline by brute force, from every entry there is. */
export function homeTimeline(follows: Follows, entries: Iterable<Entry>, isVisible: (entry: Entry) => boolean): Id[] {
  const ids: Id[] = [];
  for (const entry of entries) {
    if (belongsToHome(entry, follows) && isVisible(entry)) ids.push(entry.id);
  }
  return ids.sort(newestFirst);
}
