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

/** Whether the entry belongs to the viewer's home timeline, were everything visible. */
export function belongsToHome(entry: Entry, { viewerId, following }: Follows): boolean {
  if (entry.actorId === viewerId) return true;
  if (!following.has(entry.actorId)) return false;
  const isRetweet = entry.id !== entry.tweetId;
  if (isRetweet || entry.parentAuthorId === null) return true;
  const parent = entry.parentAuthorId;
  return parent === viewerId || parent === entry.actorId || following.has(parent);
}

/** The whole timeline by brute force, from every entry there is. */
export function homeTimeline(follows: Follows, entries: Iterable<Entry>, isVisible: (entry: Entry) => boolean): Id[] {
  const ids: Id[] = [];
  for (const entry of entries) {
    if (belongsToHome(entry, follows) && isVisible(entry)) ids.push(entry.id);
  }
  return ids.sort(newestFirst);
}
