import type { Id } from '@starling/domain/ids.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { FROM_THE_FIRST, newestIn, type EntryImage, type ImageEntry } from './entry-image.ts';
import type { SeenImages } from './foreknown.ts';
import type { EntryRow, TweetFacts } from './store/read-entries.ts';

/** Both bounds are exclusive. */
export type ImagesQuery = { beforeId: Id; afterId: Id; limit: number };

export type ImagesDeps = {
  cached: Pick<CachedTweets, 'readTweetFacts'>;
  /** Ids of people, or hashtags; each once. */
  keys: readonly string[];
  readImages(keys: readonly string[]): Promise<ReadonlyMap<string, EntryImage>>;
  seen: Pick<SeenImages, 'among'>;
  toRow(entry: ImageEntry, facts: TweetFacts): EntryRow;
  /** What images do not reach. */
  fromStore(query: ImagesQuery): Promise<EntryRow[]>;
};

/** Of more people or hashtags, the store gathers a handful each in less time than it takes to fetch their images. */
const MAX_IMAGES = 100;

/**
 * What the store would answer, from images of the newest entries. Their common part is complete at and above the highest
 * `completeFrom`; what lies below it is read from the store, in one statement. Never older than the last change that was answered.
 */
export async function listFromImages(deps: ImagesDeps, query: ImagesQuery): Promise<EntryRow[]> {
  const { keys } = deps;
  if (keys.length > MAX_IMAGES) return deps.fromStore(query);
  // The tweets that the answer shows, if nothing has changed since the images were last seen.
  const foreseen = [...new Set(newestIn(deps.seen.among(keys), query).map(({ tweetId }) => tweetId))];
  const [images, facts] = await Promise.all([
    deps.readImages(keys),
    foreseen.length === 0 ? new Map<Id, TweetFacts>() : deps.cached.readTweetFacts(foreseen),
  ]);
  const completeFrom = [...images.values()].reduce((high, image) => maxId(high, image.completeFrom), FROM_THE_FIRST);
  const rows = await fromImages({ ...deps, facts }, images, { ...query, completeFrom });
  const missing = query.limit - rows.length;
  if (missing === 0 || completeFrom <= query.afterId || completeFrom === FROM_THE_FIRST) return rows;
  const beforeId = query.beforeId < completeFrom ? query.beforeId : completeFrom;
  return [...rows, ...(await deps.fromStore({ ...query, beforeId, limit: missing }))];
}

/** With the facts that were read beside the images. */
type Reading = Pick<ImagesDeps, 'cached' | 'toRow'> & { facts: ReadonlyMap<Id, TweetFacts> };

type InImages = ImagesQuery & { completeFrom: Id };

/** Goes on behind deleted tweets, which images still hold. */
async function fromImages(
  reading: Reading,
  images: ReadonlyMap<string, EntryImage>,
  { beforeId, afterId, limit, completeFrom }: InImages,
): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  for (let below = beforeId; rows.length < limit;) {
    const wanted = limit - rows.length;
    const entries = newestIn(images, { beforeId: below, afterId, limit: wanted }).filter(
      ({ id }) => id >= completeFrom,
    );
    rows.push(...(await standing(reading, entries)));
    if (entries.length < wanted) break;
    below = entries.at(-1)?.id ?? below;
  }
  return rows;
}

async function standing({ cached, facts, toRow }: Reading, entries: readonly ImageEntry[]): Promise<EntryRow[]> {
  const missing = new Set(entries.map(({ tweetId }) => tweetId).filter((id) => !facts.has(id)));
  const more = missing.size === 0 ? new Map<Id, TweetFacts>() : await cached.readTweetFacts([...missing]);
  return entries.flatMap((entry) => {
    const tweet = facts.get(entry.tweetId) ?? more.get(entry.tweetId);
    return tweet === undefined || tweet.state === 'deleted' ? [] : [toRow(entry, tweet)];
  });
}

function maxId(a: Id, b: Id): Id {
  return a > b ? a : b;
}
