import type { Id } from './ids.ts';

/**
 * The one table of who may see what. `decide` is pure: callers bring the facts, it brings the verdict.
 * A tombstone keeps the place of a tweet (`Tweet { id, unavailable { reason } }`), a drop leaves no trace.
 */
export type Verdict = 'show' | 'tombstone' | 'drop';

/** Where the subject is about to appear. */
export type Surface =
  /** One tweet or person opened by id, or a tweet referred to by another (parent, quoted, hydrated entity). */
  | 'direct'
  /** The tweets below and above one tweet. */
  | 'conversation'
  | 'home'
  /** The tweets of one person that the viewer opened. */
  | 'profile'
  | 'search'
  | 'notifications'
  /** Lists of people: followers, likers, retweeters. */
  | 'people';

export const REASONS = [
  'DELETED',
  'WITHHELD',
  'AUTHOR_DEACTIVATED',
  'AUTHOR_SUSPENDED',
  'AUTHOR_ERASED',
  'BLOCKED_BY_AUTHOR',
  'AUTHOR_BLOCKED',
  'AUTHOR_PRIVATE',
  'AUTHOR_MUTED',
] as const;
export type Reason = (typeof REASONS)[number];

export const ACCOUNT_STATES = ['active', 'deactivated', 'suspended', 'erased'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];
export const TWEET_STATES = ['live', 'deleted', 'withheld'] as const;
export type TweetState = (typeof TWEET_STATES)[number];

/** As another service tells it. A state that this version does not know hides. */
export function accountStateOf(state: string): AccountState {
  return ACCOUNT_STATES.find((known) => known === state) ?? 'suspended';
}

/** As `accountStateOf`. */
export function tweetStateOf(state: string): TweetState {
  return TWEET_STATES.find((known) => known === state) ?? 'deleted';
}

/** What the viewer and a person are to each other. */
export type Relation = { following: boolean; blocking: boolean; blockedBy: boolean; muting: boolean };
export const NO_RELATION: Relation = { following: false, blocking: false, blockedBy: false, muting: false };

export type AuthorFacts = { id: Id; state: AccountState; isPrivate: boolean };

export type Subject = {
  author: AuthorFacts;
  relation: Relation;
  /** Absent when the subject is the person. */
  tweetState?: TweetState;
};

export type Decision = { verdict: 'show' } | { verdict: 'tombstone' | 'drop'; reason: Reason };

const SHOW: Decision = { verdict: 'show' };

/** `viewerId` is null for somebody who is not logged in. */
export function decide(viewerId: Id | null, subject: Subject, surface: Surface): Decision {
  const reason = firstReason(viewerId, subject);
  if (reason === null) return SHOW;
  const verdict = verdictOf(reason, surface);
  return verdict === 'show' ? SHOW : { verdict, reason };
}

/**
 * An entry of a list: a tweet, and whoever put it there. Both must be showable: a muted retweeter's retweet
 * drops from home like a muted author's tweet. `actor` equals `tweet` where the author put it there.
 */
export function decideEntry(
  viewerId: Id | null,
  { actor, tweet }: { actor: Subject; tweet: Subject },
  surface: Surface,
): Decision {
  const onTweet = decide(viewerId, tweet, surface);
  if (onTweet.verdict !== 'show' || actor.author.id === tweet.author.id) return onTweet;
  return decide(viewerId, { ...actor, tweetState: 'live' }, surface);
}

/** A reason, and the person whose account, tweet or relation to the viewer gives it. */
export type EntryReason = { reason: Reason; personId: Id };

/** All that hides an entry, for telling it: one reason for each of its people at most, the author's first. `decideEntry` gives the first. */
export function reasonsOnEntry(
  viewerId: Id | null,
  { actor, tweet }: { actor: Subject; tweet: Subject },
  surface: Surface,
): EntryReason[] {
  const retweeter: Subject[] = actor.author.id === tweet.author.id ? [] : [{ ...actor, tweetState: 'live' }];
  return [tweet, ...retweeter].flatMap((subject) => {
    const decision = decide(viewerId, subject, surface);
    return decision.verdict === 'show' ? [] : { reason: decision.reason, personId: subject.author.id };
  });
}

/** The order matters: what is gone for everybody is said before what only concerns this viewer. */
function firstReason(viewerId: Id | null, { author, relation, tweetState }: Subject): Reason | null {
  if (tweetState === 'deleted') return 'DELETED';
  if (author.state === 'erased') return 'AUTHOR_ERASED';
  if (author.id === viewerId) return null;
  if (tweetState === 'withheld') return 'WITHHELD';
  if (author.state === 'suspended') return 'AUTHOR_SUSPENDED';
  if (author.state === 'deactivated') return 'AUTHOR_DEACTIVATED';
  if (relation.blockedBy) return 'BLOCKED_BY_AUTHOR';
  if (relation.blocking) return 'AUTHOR_BLOCKED';
  if (author.isPrivate && tweetState !== undefined && !relation.following) return 'AUTHOR_PRIVATE';
  if (relation.muting) return 'AUTHOR_MUTED';
  return null;
}

/** Surfaces that keep a place for what may not be shown; all others drop it. */
const KEEPS_PLACES: ReadonlySet<Surface> = new Set(['direct', 'conversation']);

/** A mute is about what comes unasked, not about what one opens. */
const HONOURS_MUTES: ReadonlySet<Surface> = new Set(['home', 'search', 'notifications']);

function verdictOf(reason: Reason, surface: Surface): Verdict {
  if (reason === 'AUTHOR_MUTED') return HONOURS_MUTES.has(surface) ? 'drop' : 'show';
  return KEEPS_PLACES.has(surface) ? 'tombstone' : 'drop';
}
