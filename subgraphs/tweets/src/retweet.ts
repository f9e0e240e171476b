import type { Minter } from '@starling/kit/ids/port.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { checkAccount, checkTarget, findTarget, originalOf } from './check-target.ts';
import type { Actor, Target } from './engage-tweet.ts';
import { refuse, type Outcome } from './outcome.ts';
import type { Store } from './store.ts';

export type RetweetDeps = {
  store: Pick<Store, 'addRetweet' | 'endRetweet'>;
  cached: Pick<CachedTweets, 'readRetweetFacts'>;
  minter: Pick<Minter, 'mint'>;
  now(): number;
};

/** Shows a tweet to the viewer's followers. Private tweets are shown around by their author at most. */
export async function retweet(
  { store, cached, minter, now }: RetweetDeps,
  { viewerId, loaders }: Actor,
  { tweetId }: Target,
): Promise<Outcome> {
  const original = await originalOf(cached, tweetId);
  const [account, target] = await Promise.all([
    checkAccount(loaders, viewerId),
    checkTarget(loaders, original, 'tweetId'),
  ]);
  if (!account.ok) return account;
  if (!target.ok) return target;
  const { author } = target;
  if (author.isPrivate && author.id !== viewerId)
    return refuse('NOT_ALLOWED', 'tweetId', "The author's tweets are private");

  const id = minter.mint({ marked: true });
  await store.addRetweet({ id, userId: viewerId, tweetId: original, authorId: author.id }, now());
  return { ok: true, tweetId: original };
}

/** Takes a retweet back, whatever has become of the tweet. */
export async function undoRetweet(
  { store, cached, now }: Pick<RetweetDeps, 'store' | 'cached' | 'now'>,
  { viewerId, loaders }: Actor,
  { tweetId }: Target,
): Promise<Outcome> {
  const original = await originalOf(cached, tweetId);
  const target = await findTarget(loaders, original, 'tweetId');
  if (!target.ok) return target;
  await store.endRetweet({ userId: viewerId, tweetId: original, at: now() });
  return { ok: true, tweetId: original };
}
