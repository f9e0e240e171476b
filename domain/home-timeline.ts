import { newestFirst, type Id } from './ids.ts';

/**
 * The definition of the home timeline, once. Every reader, oracle, audit, import check and test calls it.
 *
 * The home timeline of V is V's own entries, those of everyone V follows now (also from before the follow), and tweets that
 * carry a hashtag V follows now; somebody else's reply only if its parent's author is V, the replier or followed by V, each
 * entry visible to V, newest entry id first. An entry is a tweet put there by its author or a retweet put there by the retweeter.
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
  /** Of the tweet, in the form that is compared, in the order of its text. */
  hashtags: readonly string[];
};

/** What the viewer follows; blocks, mutes and states are the business of visibility. */
export type Follows = {
  viewerId: Id;
  following: ReadonlySet<Id>;
  /** In the form that is compared. */
  hashtags: ReadonlySet<string>;
};

/**
 * What an entry is in a home timeline that it belongs to: the viewer's own, a followee's tweet, reply or retweet, or a
 * stranger's tweet that is there for a hashtag alone.
 */
export const HOME_KINDS = ['OWN', 'TWEET', 'REPLY', 'RETWEET', 'HASHTAG'] as const;
export type HomeKind = (typeof HOME_KINDS)[number];

/** What keeps an entry out, were everything visible: nobody and no hashtag of the viewer's brings it in, or it answers a stranger. */
export const HOME_ABSENCES = ['NOT_FOLLOWING', 'REPLY_TO_OTHERS'] as const;
export type HomeAbsence = (typeof HOME_ABSENCES)[number];

export function kindAtHome(entry: Entry, { viewerId, following }: Omit<Follows, 'hashtags'>): HomeKind {
  if (entry.actorId === viewerId) return 'OWN';
  if (isRetweet(entry)) return 'RETWEET';
  if (!following.has(entry.actorId)) return 'HASHTAG';
  return entry.parentAuthorId === null ? 'TWEET' : 'REPLY';
}

/** The first hashtag that the viewer follows of those which the tweet carries; null for none, and for a retweet. */
export function followedHashtag(entry: Entry, { hashtags }: Pick<Follows, 'hashtags'>): string | null {
  if (isRetweet(entry)) return null;
  return entry.hashtags.find((tag) => hashtags.has(tag)) ?? null;
}

/** Null if the entry belongs to the viewer's home timeline, were everything visible; else what keeps it out. */
export function absenceAtHome(entry: Entry, follows: Follows): HomeAbsence | null {
  const { viewerId, following } = follows;
  if (entry.actorId === viewerId) return null;
  if (!following.has(entry.actorId) && followedHashtag(entry, follows) === null) return 'NOT_FOLLOWING';
  const { parentAuthorId: parent } = entry;
  if (isRetweet(entry) || parent === null) return null;
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

function isRetweet({ id, tweetId }: Entry): boolean {
  return id !== tweetId;
}
