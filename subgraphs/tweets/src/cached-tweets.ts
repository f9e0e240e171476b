import { isRetweetId, type Id } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import type { EntryImage } from './entry-image.ts';
import { createForeknown, type Foreknown } from './foreknown.ts';
import type { Stale } from './stale.ts';
import type { RetweetFacts, TweetFacts } from './store/read-entries.ts';
import type { MarksImage } from './store/read-marks.ts';
import type { Store } from './store.ts';
import type { Counters, Tweet } from './tweet.ts';

/**
 * What is read of tweets again and again, through the cache. Whoever changes it has it forgotten between the commit and the
 * answer (`commitFacts` sees to it); a load that began before is not kept. So what is read here is never older than the last
 * change that was answered; it may be older than one that is only committed.
 */
export type CachedTweets = {
  readTweets(ids: readonly Id[]): Promise<Map<Id, Tweet>>;
  readTweetFacts(ids: readonly Id[]): Promise<Map<Id, TweetFacts>>;
  /** Retweets that stand. */
  readRetweetFacts(ids: readonly Id[]): Promise<Map<Id, RetweetFacts>>;
  readCounters(ids: readonly Id[]): Promise<Map<Id, Counters>>;
  /** Of everybody who is asked for. */
  readAuthorImages(ids: readonly Id[]): Promise<Map<Id, EntryImage>>;
  /** Of every hashtag that is asked for, in the form that is compared. */
  readHashtagImages(hashtags: readonly string[]): Promise<Map<string, EntryImage>>;
  readMarks(userId: Id): Promise<MarksImage>;
  foreknown: Foreknown;
};

export type Forgetting = {
  /** Before a change is answered. A cache that is away does not undo what stands: its event calls `mustForget`. */
  forget(stale: Stale): Promise<void>;
  /** Throws StarlingError UNAVAILABLE while the cache is away. */
  mustForget(stale: Stale): Promise<void>;
};

type Sources = Pick<
  Store,
  | 'readTweets'
  | 'readTweetFacts'
  | 'readRetweetFacts'
  | 'readCounters'
  | 'readAuthorImages'
  | 'readHashtagImages'
  | 'readMarksImage'
>;

const TWEET = 'tweets:tweet:';
const FACTS = 'tweets:facts:';
const RETWEET = 'tweets:retweet:';
const COUNTERS = 'tweets:counters:';
const AUTHOR = 'tweets:author:';
const HASHTAG = 'tweets:hashtag:';
const MARKS = 'tweets:marks:';

export type CachingOptions = {
  ttlMs: number;
  /** Entries in the image of an author, at most. */
  authorEntries: number;
  /** Tweets in the image of a hashtag, at most. */
  hashtagEntries: number;
  /** Tweets of each kind in the image of a person's marks, at most. */
  marksKept: number;
  /** Tweets, retweets, authors and hashtags of which this process remembers what it has seen, of each at most. */
  foreknown: number;
};

export function createCachedTweets(
  cache: Cache,
  store: Sources,
  { ttlMs, authorEntries, hashtagEntries, marksKept, foreknown: most }: CachingOptions,
): CachedTweets {
  const foreknown = createForeknown(most);
  const through =
    <Value>(
      prefix: string,
      load: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Value>>,
      learn: (found: ReadonlyMap<Id, Value>) => void = () => {},
    ) =>
    async (ids: readonly Id[]): Promise<Map<Id, Value>> => {
      const found = await cache.getOrLoadMany<Value>(
        ids.map((id) => prefix + id),
        (keys) => loadKeys(prefix, keys, load),
        { ttlMs },
      );
      const values = new Map(ids.flatMap((id) => entryOf(id, found.get(prefix + id))));
      learn(values);
      return values;
    };
  const readFacts = through(FACTS, store.readTweetFacts, (found) => foreknown.learnFacts(found.values()));
  return {
    readTweets: through(TWEET, store.readTweets, (found) => foreknown.learnTweets(found.values())),
    readTweetFacts: async (ids) => {
      const found = await readFacts(ids);
      const old = [...found.values()].filter((facts) => !isWhole(facts)).map(({ id }) => id);
      return old.length === 0 ? found : new Map([...found, ...(await store.readTweetFacts(old))]);
    },
    readRetweetFacts: through(RETWEET, store.readRetweetFacts, (found) => foreknown.learnRetweets(found.values())),
    readCounters: through(COUNTERS, store.readCounters),
    readAuthorImages: through(AUTHOR, (ids) => store.readAuthorImages(ids, authorEntries), foreknown.authors.learn),
    readHashtagImages: through(
      HASHTAG,
      (tags) => store.readHashtagImages(tags, hashtagEntries),
      foreknown.hashtags.learn,
    ),
    readMarks: (userId) => cache.getOrLoad(MARKS + userId, () => store.readMarksImage(userId, marksKept), { ttlMs }),
    foreknown,
  };
}

export function createForgetting(cache: Pick<Cache, 'delete'>, logger: ErrorLog): Forgetting {
  const mustForget = (stale: Stale) => cache.delete(keysOf(stale));
  return {
    mustForget,
    forget: (stale) =>
      mustForget(stale).catch((error: unknown) =>
        logger.error(
          { error, keys: keysOf(stale).length },
          'What is cached could not be dropped; its events will do it',
        ),
      ),
  };
}

/** Facts that the version before has cached lack the hashtags. They keep their key, so that either version's deletions reach them. */
function isWhole({ hashtags }: Partial<TweetFacts>): boolean {
  return hashtags !== undefined;
}

function keysOf({ entryIds = [], authorIds = [], hashtags = [], countedIds = [], markerIds = [] }: Stale): string[] {
  return [
    ...entryIds.flatMap((id) => (isRetweetId(id) ? [RETWEET + id] : [TWEET + id, FACTS + id])),
    ...countedIds.map((id) => COUNTERS + id),
    ...authorIds.map((id) => AUTHOR + id),
    ...hashtags.map((tag) => HASHTAG + tag),
    ...markerIds.map((id) => MARKS + id),
  ];
}

async function loadKeys<Value>(
  prefix: string,
  keys: readonly string[],
  load: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Value>>,
): Promise<Map<string, Value>> {
  const found = await load(keys.map((key) => key.slice(prefix.length)));
  return new Map([...found].map(([id, value]) => [prefix + id, value]));
}

function entryOf<Value>(id: Id, value: Value | null | undefined): [Id, Value][] {
  return value === null || value === undefined ? [] : [[id, value]];
}
