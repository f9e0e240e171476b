import type { Id } from '@starling/domain/ids.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { listFromImages, MAX_IMAGES, type ImagesQuery } from './list-from-images.ts';
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
  if (people.length > MAX_IMAGES) return fromStore(query);
  return listFromImages(
    {
      cached,
      images: () => cached.readAuthorImages(people),
      seen: cached.foreknown.authors.among(people),
      toRow: ({ id, tweetId, key }, facts) => ({ ...facts, id, tweetId, actorId: key }),
      fromStore,
    },
    query,
  );
}
