import type { CachedTweets } from './cached-tweets.ts';
import { listFromImages, type ImagesQuery } from './list-from-images.ts';
import type { EntryRow } from './store/read-entries.ts';
import type { Store } from './store.ts';

export type ListByHashtagsDeps = {
  store: Pick<Store, 'listByHashtags'>;
  cached: Pick<CachedTweets, 'readHashtagImages' | 'readTweetFacts' | 'foreknown'>;
};

/** What the store would answer, from images of the hashtags' newest tweets as far as they reach. */
export async function listByHashtagsCached(
  { store, cached }: ListByHashtagsDeps,
  { hashtags, ...query }: ImagesQuery & { hashtags: readonly string[] },
): Promise<EntryRow[]> {
  const tags = [...new Set(hashtags)];
  const fromStore = (part: ImagesQuery) => store.listByHashtags({ ...part, oldestFirst: false, hashtags: tags });
  return listFromImages(
    {
      cached,
      keys: tags,
      readImages: cached.readHashtagImages,
      seen: cached.foreknown.hashtags,
      toRow: ({ id, tweetId }, facts) => ({ ...facts, id, tweetId, actorId: facts.authorId }),
      fromStore,
    },
    query,
  );
}
