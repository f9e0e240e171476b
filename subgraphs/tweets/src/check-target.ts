import { isId, isRetweetId, type Id } from '@starling/domain/ids.ts';
import type { AuthorFacts, Reason } from '@starling/domain/visibility.ts';
import type { UserErrorCode } from '@starling/schema/error-codes.ts';
import type { CachedTweets } from './cached-tweets.ts';
import type { Loaders } from './loaders.ts';
import { refuse, type Refusal } from './outcome.ts';
import type { Tweet } from './tweet.ts';

const CODES: Record<Reason, UserErrorCode> = {
  DELETED: 'UNAVAILABLE',
  WITHHELD: 'UNAVAILABLE',
  AUTHOR_DEACTIVATED: 'UNAVAILABLE',
  AUTHOR_SUSPENDED: 'UNAVAILABLE',
  AUTHOR_ERASED: 'UNAVAILABLE',
  BLOCKED_BY_AUTHOR: 'BLOCKED',
  AUTHOR_BLOCKED: 'BLOCKED',
  AUTHOR_PRIVATE: 'NOT_ALLOWED',
  AUTHOR_MUTED: 'NOT_ALLOWED',
};

const MESSAGES: Partial<Record<UserErrorCode, string>> = {
  UNAVAILABLE: 'The tweet is not available',
  BLOCKED: 'A block forbids it',
  NOT_ALLOWED: "The author's tweets are private",
};

/** Whether the viewer may do something with a tweet: it must be one that the viewer may see. */
export async function checkTarget(
  { view }: Pick<Loaders, 'view'>,
  tweetId: string,
  field: string,
): Promise<{ ok: true; tweet: Tweet; author: AuthorFacts } | Refusal> {
  if (!isId(tweetId)) return malformed(field);
  const seen = await view.load(tweetId);
  if (seen === null) return notFound(field);
  if (seen.isShown) return { ok: true, tweet: seen.tweet, author: seen.author };
  const code = CODES[seen.reason];
  return refuse(code, field, MESSAGES[code] ?? 'The tweet may not be used');
}

/** The tweet whatever has become of it: what the viewer has done with it can always be taken back. */
export async function findTarget(
  { tweet }: Pick<Loaders, 'tweet'>,
  tweetId: string,
  field: string,
): Promise<{ ok: true; tweet: Tweet } | Refusal> {
  if (!isId(tweetId)) return malformed(field);
  const found = await tweet.load(tweetId);
  return found === null ? notFound(field) : { ok: true, tweet: found };
}

/** A retweet stands for the tweet it shows. Anything else is given back as it is. */
export async function originalOf(
  { readRetweetFacts }: Pick<CachedTweets, 'readRetweetFacts'>,
  id: string,
): Promise<Id> {
  if (!isId(id) || !isRetweetId(id)) return id;
  return (await readRetweetFacts([id])).get(id)?.tweetId ?? id;
}

/** Only people whose account is active write. */
export async function checkAccount({ author }: Pick<Loaders, 'author'>, viewerId: Id): Promise<{ ok: true } | Refusal> {
  const { state } = await author.load(viewerId);
  if (state === 'active') return { ok: true };
  return refuse('ACCOUNT_NOT_ACTIVE', null, 'Your account is not active');
}

function malformed(field: string): Refusal {
  return refuse('MALFORMED', field, 'An id is a decimal number of 19 digits');
}

function notFound(field: string): Refusal {
  return refuse('NOT_FOUND', field, 'There is no such tweet');
}
