import type { Id } from '@starling/domain/ids.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { listFromImages, type ImagesQuery } from './list-from-images.ts';
import type { EntryRow } from './store/read-entries.ts';
import type { Store } from './store.ts';

export type ListByActorsDeps = {
  store: Pick<Store, 'listByActors'>;
  cached: Pick<CachedTweets, 'readAuthorImages' | 'readTweetFacts' | 'foreknown'>;
};

/** Images know no other order, and no moment but now. */
const NEWEST = { oldestFirst: false, asOfMs: null };

/** What the store would answer, from images of the people's newest entries as far as they reach. */
export async function listByActorsCached(
  { store, cached }: ListByActorsDeps,
  { actorIds, ...query }: ImagesQuery & { actorIds: readonly Id[] },
): Promise<EntryRow[]> {
  const people = [...new Set(actorIds)];
  const fromStore = (part: ImagesQuery) => store.listByActors({ ...part, ...NEWEST, actorIds: people });
  return listFromImages(
    {
      cached,
      keys: people,
      readImages: cached.readAuthorImages,
      seen: cached.foreknown.authors,
      toRow: ({ id, tweetId, key }, facts) => ({ ...facts, id, tweetId, actorId: key }),
      fromStore,
    },
    query,
  );
}
