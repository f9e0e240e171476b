import type { Id } from '@starling/domain/ids.ts';
import { findTarget } from './check-target.ts';
import type { Loaders } from './loaders.ts';
import { refuse, type Outcome } from './outcome.ts';
import type { Store } from './store.ts';

export type DeleteDeps = {
  store: Pick<Store, 'deleteTweet'>;
  now(): number;
};

/** Deletes an own tweet. Of a stranger's tweet nothing is said that the viewer may not know. */
export async function deleteTweet(
  { store, now }: DeleteDeps,
  { viewerId, loaders }: { viewerId: Id; loaders: Pick<Loaders, 'tweet' | 'view'> },
  { tweetId }: { tweetId: string },
): Promise<Outcome> {
  const target = await findTarget(loaders, tweetId, 'tweetId');
  if (!target.ok) return target;
  if (target.tweet.authorId !== viewerId) {
    const view = await loaders.view.load(tweetId);
    if (view?.isShown) return refuse('NOT_ALLOWED', 'tweetId', 'The tweet belongs to somebody else');
    return refuse('NOT_FOUND', 'tweetId', 'There is no such tweet');
  }
  await store.deleteTweet({ tweetId, authorId: viewerId, at: now() });
  return { ok: true, tweetId };
}
