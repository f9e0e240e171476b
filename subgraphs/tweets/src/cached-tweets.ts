import type { Id } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import type { RetweetFacts, TweetFacts } from './store/read-entries.ts';
import type { Store } from './store.ts';
import type { Tweet } from './tweet.ts';

/** What of tweets hardly ever changes, read through the cache. Whoever changes it calls `forget` before answering. */
export type CachedTweets = {
  readTweets(ids: readonly Id[]): Promise<Map<Id, Tweet>>;
  readTweetFacts(ids: readonly Id[]): Promise<Map<Id, TweetFacts>>;
  /** Retweets that stand. */
  readRetweetFacts(ids: readonly Id[]): Promise<Map<Id, RetweetFacts>>;
  /** Of new, changed and ended tweets and retweets. A cache that is away does not undo what stands: its event calls `mustForget`. */
  forget(ids: readonly Id[]): Promise<void>;
  /** Throws StarlingError UNAVAILABLE while the cache is away. */
  mustForget(ids: readonly Id[]): Promise<void>;
};

type Sources = Pick<Store, 'readTweets' | 'readTweetFacts' | 'readRetweetFacts'>;

const TWEET = 'tweets:tweet:';
const FACTS = 'tweets:facts:';
const RETWEET = 'tweets:retweet:';

export function createCachedTweets(
  cache: Cache,
  store: Sources,
  { ttlMs, logger }: { ttlMs: number; logger: ErrorLog },
): CachedTweets {
  const through =
    <Value>(prefix: string, load: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Value>>) =>
    async (ids: readonly Id[]): Promise<Map<Id, Value>> => {
      const found = await cache.getOrLoadMany<Value>(
        ids.map((id) => prefix + id),
        (keys) => loadKeys(prefix, keys, load),
        { ttlMs },
      );
      return new Map(ids.flatMap((id) => entryOf(id, found.get(prefix + id))));
    };
  const readFacts = through(FACTS, store.readTweetFacts);
  const mustForget = (ids: readonly Id[]) => cache.delete(ids.flatMap((id) => [TWEET + id, FACTS + id, RETWEET + id]));
  return {
    readTweets: through(TWEET, store.readTweets),
    readTweetFacts: async (ids) => {
      const found = await readFacts(ids);
      const old = [...found.values()].filter((facts) => !isWhole(facts)).map(({ id }) => id);
      return old.length === 0 ? found : new Map([...found, ...(await store.readTweetFacts(old))]);
    },
    readRetweetFacts: through(RETWEET, store.readRetweetFacts),
    mustForget,
    forget: (ids) =>
      mustForget(ids).catch((error: unknown) =>
        logger.error({ error, entries: ids.length }, 'Cached tweets could not be dropped; their events will do it'),
      ),
  };
}

/** Facts that the version before has cached lack the hashtags. They keep their key, so that either version's deletions reach them. */
function isWhole({ hashtags }: Partial<TweetFacts>): boolean {
  return hashtags !== undefined;
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
