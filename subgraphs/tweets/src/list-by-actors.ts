import { newestFirst, type Id } from '@starling/domain/ids.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { entriesIn, FROM_THE_FIRST, type AuthorImage, type ImageEntry } from './store/read-author-images.ts';
import type { EntryRow } from './store/read-entries.ts';
import type { Store } from './store.ts';

export type ListByActorsDeps = {
  store: Pick<Store, 'listByActors'>;
  cached: Pick<CachedTweets, 'readAuthorImages' | 'readTweetFacts'>;
};

/** Both bounds are exclusive. */
export type ActorsQuery = { actorIds: readonly Id[]; beforeId: Id; afterId: Id; limit: number };

/** Of more people, the store gathers a handful each in less time than it takes to fetch their images. */
export const MAX_IMAGES = 100;

/**
 * What the store would answer, from images of the people's newest entries. Their common part is complete at and above the
 * highest `completeFrom`; what lies below it is read from the store, in one statement. Never older than the last change
 * that was answered.
 */
export async function listByActorsCached(deps: ListByActorsDeps, query: ActorsQuery): Promise<EntryRow[]> {
  const actorIds = [...new Set(query.actorIds)];
  if (actorIds.length > MAX_IMAGES) return deps.store.listByActors(query);
  const images = await deps.cached.readAuthorImages(actorIds);
  const completeFrom = [...images.values()].reduce((high, image) => maxId(high, image.completeFrom), FROM_THE_FIRST);
  const rows = await fromImages(deps, images, { ...query, completeFrom });
  const missing = query.limit - rows.length;
  if (missing === 0 || completeFrom <= query.afterId || completeFrom === FROM_THE_FIRST) return rows;
  const beforeId = query.beforeId < completeFrom ? query.beforeId : completeFrom;
  return [...rows, ...(await deps.store.listByActors({ ...query, actorIds, beforeId, limit: missing }))];
}

type InImages = Omit<ActorsQuery, 'actorIds'> & { completeFrom: Id };

/** Goes on behind retweets of deleted tweets, which images still hold. */
async function fromImages(
  { cached }: ListByActorsDeps,
  images: ReadonlyMap<Id, AuthorImage>,
  { beforeId, afterId, limit, completeFrom }: InImages,
): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  for (let below = beforeId; rows.length < limit;) {
    const wanted = limit - rows.length;
    const entries = newestIn(images, { beforeId: below, afterId, limit: wanted }).filter(
      ({ id }) => id >= completeFrom,
    );
    rows.push(...(await standing(cached, entries)));
    if (entries.length < wanted) break;
    below = entries.at(-1)?.id ?? below;
  }
  return rows;
}

function newestIn(
  images: ReadonlyMap<Id, AuthorImage>,
  bounds: { beforeId: Id; afterId: Id; limit: number },
): ImageEntry[] {
  const entries = [...images].flatMap(([actorId, image]) => entriesIn(actorId, image, bounds));
  return entries.sort((a, b) => newestFirst(a.id, b.id)).slice(0, bounds.limit);
}

async function standing(
  cached: Pick<CachedTweets, 'readTweetFacts'>,
  entries: readonly ImageEntry[],
): Promise<EntryRow[]> {
  if (entries.length === 0) return [];
  const facts = await cached.readTweetFacts([...new Set(entries.map(({ tweetId }) => tweetId))]);
  return entries.flatMap((entry) => {
    const tweet = facts.get(entry.tweetId);
    return tweet === undefined || tweet.state === 'deleted' ? [] : [{ ...tweet, ...entry }];
  });
}

function maxId(a: Id, b: Id): Id {
  return a > b ? a : b;
}
