import type { Id } from '@starling/domain/ids.ts';
import { checkAccount, checkTarget, findTarget } from './check-target.ts';
import type { Loaders } from './loaders.ts';
import type { Outcome } from './outcome.ts';
import type { Engagement } from './store/engage.ts';
import type { Store } from './store.ts';

export type EngageDeps = {
  store: Pick<Store, 'addLike' | 'removeLike' | 'addBookmark' | 'removeBookmark'>;
  now(): number;
};

export type Actor = { viewerId: Id; loaders: Pick<Loaders, 'tweet' | 'view' | 'author'> };
export type Target = { tweetId: string };

export function likeTweet({ store, now }: EngageDeps, actor: Actor, target: Target): Promise<Outcome> {
  return doWith(actor, target, now(), store.addLike);
}

export function unlikeTweet({ store, now }: EngageDeps, actor: Actor, target: Target): Promise<Outcome> {
  return takeBack(actor, target, now(), store.removeLike);
}

export function bookmarkTweet({ store, now }: EngageDeps, actor: Actor, target: Target): Promise<Outcome> {
  return doWith(actor, target, now(), store.addBookmark);
}

export function removeBookmark({ store, now }: EngageDeps, actor: Actor, target: Target): Promise<Outcome> {
  return takeBack(actor, target, now(), store.removeBookmark);
}

type Act = (engagement: Engagement) => Promise<unknown>;

/** With what the viewer may see. */
async function doWith({ viewerId, loaders }: Actor, { tweetId }: Target, at: number, act: Act): Promise<Outcome> {
  const [account, target] = await Promise.all([
    checkAccount(loaders, viewerId),
    checkTarget(loaders, tweetId, 'tweetId'),
  ]);
  if (!account.ok) return account;
  if (!target.ok) return target;
  await act({ userId: viewerId, tweetId, at });
  return { ok: true, tweetId };
}

/** Whatever has become of the tweet, its author or the account. */
async function takeBack({ viewerId, loaders }: Actor, { tweetId }: Target, at: number, act: Act): Promise<Outcome> {
  const target = await findTarget(loaders, tweetId, 'tweetId');
  if (!target.ok) return target;
  await act({ userId: viewerId, tweetId, at });
  return { ok: true, tweetId };
}
