import { newestFirst, timeOfId, type Id } from './ids.ts';

/**
 * The definition of the home timeline, once. Every reader, oracle, audit, import check and test calls it.
 *
 * The home timeline of V is V's own entries, those of everyone V follows now (also from before the follow), and tweets that
 * carry a hashtag V follows now; somebody else's reply only if its parent's author is V, the replier or followed by V, each
 * entry visible to V, newest entry id first. An entry is a tweet put there by its author or a retweet put there by the retweeter.
 * One is dropped if the same tweet stands among the `collapseWithin` entries before it, whether those were dropped or not:
 * so a page follows from its own stretch and so many entries around it. The one that stays names whoever of V's followees
 * put those there that it made drop.
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

/** True if the entry at `index` is dropped. `entries`: what belongs and is visible, newest first. */
export function isCollapsed(entries: readonly Pick<Entry, 'tweetId'>[], index: number, within: number): boolean {
  const newer = entries.slice(Math.max(0, index - within), index);
  return newer.some(({ tweetId }) => tweetId === entries[index]?.tweetId);
}

/** What the entry at `index` makes drop, newest first. */
export function collapsedInto<Some extends Pick<Entry, 'tweetId'>>(
  entries: readonly Some[],
  index: number,
  within: number,
): Some[] {
  const older = entries.slice(index + 1, index + 1 + within);
  return older.filter(({ tweetId }) => tweetId === entries[index]?.tweetId);
}

/** Whom an entry that stays names: the followees who put it or what it made drop there, each once. */
export function followeesOf(
  together: readonly Pick<Entry, 'actorId'>[],
  { following }: Pick<Follows, 'following'>,
): Id[] {
  return [...new Set(together.map(({ actorId }) => actorId))].filter((actorId) => following.has(actorId));
}

export type HomeEntry = { id: Id; followees: Id[] };

/** What the definition is told besides the facts. */
export type HomeRules = { isVisible(entry: Entry): boolean; /** 0: nothing collapses. */ collapseWithin: number };

/** The whole timeline by brute force, from every entry there is. */
export function homeTimeline(
  follows: Follows,
  entries: Iterable<Entry>,
  { isVisible, collapseWithin }: HomeRules,
): HomeEntry[] {
  const visible: Entry[] = [];
  for (const entry of entries) {
    if (belongsToHome(entry, follows) && isVisible(entry)) visible.push(entry);
  }
  visible.sort((a, b) => newestFirst(a.id, b.id));
  return visible.flatMap((entry, index) => {
    if (isCollapsed(visible, index, collapseWithin)) return [];
    const together = [entry, ...collapsedInto(visible, index, collapseWithin)];
    return { id: entry.id, followees: followeesOf(together, follows) };
  });
}

/** From a moment on, and until another or until now (null), which is not in it. Epoch milliseconds. */
export type Interval = { sinceMs: number; untilMs: number | null };

export type PastFollow = Interval & { followeeId: Id };

export type PastHashtagFollow = Interval & { tag: string };

/** Everything that the viewer followed at any time. */
export type PastFollows = {
  viewerId: Id;
  follows: Iterable<PastFollow>;
  hashtagFollows: Iterable<PastHashtagFollow>;
};

/** `undoneAtMs`: when its retweeter undid it; null for what stands. */
export type PastEntry = Entry & { undoneAtMs: number | null };

/**
 * The whole timeline as it was at a moment: by what the viewer followed then, of the entries that stood then. `isVisible` and
 * what collapses are as they are now.
 */
export function homeTimelineAt(
  atMs: number,
  { viewerId, follows, hashtagFollows }: PastFollows,
  entries: Iterable<PastEntry>,
  rules: HomeRules,
): HomeEntry[] {
  const held = <Some extends Interval>(all: Iterable<Some>) => [...all].filter((one) => heldAt(one, atMs));
  const following = new Set(held(follows).map(({ followeeId }) => followeeId));
  const hashtags = new Set(held(hashtagFollows).map(({ tag }) => tag));
  const stood = [...entries].filter(({ id, undoneAtMs }) =>
    heldAt({ sinceMs: timeOfId(id), untilMs: undoneAtMs }, atMs),
  );
  return homeTimeline({ viewerId, following, hashtags }, stood, rules);
}

export function heldAt({ sinceMs, untilMs }: Interval, atMs: number): boolean {
  return sinceMs <= atMs && (untilMs === null || atMs < untilMs);
}

export function isRetweet({ id, tweetId }: Pick<Entry, 'id' | 'tweetId'>): boolean {
  return id !== tweetId;
}
