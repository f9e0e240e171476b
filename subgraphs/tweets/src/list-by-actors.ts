import type { Id } from '@starling/domain/ids.ts';
import type { CachedTweets } from './cached-tweets.ts';
import type { Foreknown } from './foreknown.ts';
import { FROM_THE_FIRST, newestIn, type AuthorImage, type ImageEntry } from './store/read-author-images.ts';
import type { EntryRow, TweetFacts } from './store/read-entries.ts';
import type { Store } from './store.ts';

export type ListByActorsDeps = {
  store: Pick<Store, 'listByActors'>;
  cached: Pick<CachedTweets, 'readAuthorImages' | 'readTweetFacts' | 'foreknown'>;
};

/** Both bounds are exclusive. */
export type ActorsQuery = { actorIds: readonly Id[]; beforeId: Id; afterId: Id; limit: number };

/** Images know no other order, and no moment but now. */
const NEWEST = { oldestFirst: false, asOfMs: null };

/** Of more people, the store gathers a handful each in less time than it takes to fetch their images. */
export const MAX_IMAGES = 100;

/**
 * What the store would answer, from images of the people's newest entries. Their common part is complete at and above the
 * highest `completeFrom`; what lies below it is read from the store, in one statement. Never older than the last change
 * that was answered.
 */
export async function listByActorsCached(deps: ListByActorsDeps, query: ActorsQuery): Promise<EntryRow[]> {
  const actorIds = [...new Set(query.actorIds)];
  if (actorIds.length > MAX_IMAGES) return deps.store.listByActors({ ...query, ...NEWEST });
  const foreseen = foresee(deps.cached.foreknown, actorIds, query);
  const [images, facts] = await Promise.all([
    deps.cached.readAuthorImages(actorIds),
    foreseen.length === 0 ? new Map<Id, TweetFacts>() : deps.cached.readTweetFacts(foreseen),
  ]);
  const completeFrom = [...images.values()].reduce((high, image) => maxId(high, image.completeFrom), FROM_THE_FIRST);
  const rows = await fromImages({ ...deps, facts }, images, { ...query, completeFrom });
  const missing = query.limit - rows.length;
  if (missing === 0 || completeFrom <= query.afterId || completeFrom === FROM_THE_FIRST) return rows;
  const beforeId = query.beforeId < completeFrom ? query.beforeId : completeFrom;
  return [...rows, ...(await deps.store.listByActors({ ...query, ...NEWEST, actorIds, beforeId, limit: missing }))];
}

/** Read in the same call. */
type FactsRead = { facts: ReadonlyMap<Id, TweetFacts> };

type InImages = Omit<ActorsQuery, 'actorIds'> & { completeFrom: Id };

/** Goes on behind retweets of deleted tweets, which images still hold. */
async function fromImages(
  deps: ListByActorsDeps & FactsRead,
  images: ReadonlyMap<Id, AuthorImage>,
  { beforeId, afterId, limit, completeFrom }: InImages,
): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  for (let below = beforeId; rows.length < limit;) {
    const wanted = limit - rows.length;
    const entries = newestIn(images, { beforeId: below, afterId, limit: wanted }).filter(
      ({ id }) => id >= completeFrom,
    );
    rows.push(...(await standing(deps, entries)));
    if (entries.length < wanted) break;
    below = entries.at(-1)?.id ?? below;
  }
  return rows;
}

async function standing(
  { cached, facts }: Pick<ListByActorsDeps, 'cached'> & FactsRead,
  entries: readonly ImageEntry[],
): Promise<EntryRow[]> {
  const missing = new Set(entries.map(({ tweetId }) => tweetId).filter((id) => !facts.has(id)));
  const more = missing.size === 0 ? new Map<Id, TweetFacts>() : await cached.readTweetFacts([...missing]);
  return entries.flatMap((entry) => {
    const tweet = facts.get(entry.tweetId) ?? more.get(entry.tweetId);
    return tweet === undefined || tweet.state === 'deleted' ? [] : [{ ...tweet, ...entry }];
  });
}

/** The tweets that the answer shows, if nothing has changed since the images were last seen. */
function foresee(foreknown: Foreknown, actorIds: readonly Id[], query: ActorsQuery): Id[] {
  const seen = actorIds.flatMap((id): [Id, AuthorImage][] => {
    const image = foreknown.image(id);
    return image ? [[id, image]] : [];
  });
  return [...new Set(newestIn(new Map(seen), query).map(({ tweetId }) => tweetId))];
}

function maxId(a: Id, b: Id): Id {
  return a > b ? a : b;
}
