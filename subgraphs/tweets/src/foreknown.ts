import type { Id } from '@starling/domain/ids.ts';
import { createBoundedMap } from '@starling/kit/cache/bounded-map.ts';
import type { EntryImage } from './entry-image.ts';
import type { RetweetFacts, TweetFacts } from './store/read-entries.ts';
import type { Tweet } from './tweet.ts';

/**
 * What this process has seen of tweets and never changes, and images as they were last. With it what is likely
 * to be needed is asked for at once instead of one after the other. It is never an answer: that is read each time.
 */
export type Foreknown = {
  tweet(id: Id): References | undefined;
  /** The tweet that a retweet shows. */
  retweeted(id: Id): Id | undefined;
  authors: SeenImages;
  hashtags: SeenImages;
  learnTweets(tweets: Iterable<Tweet>): void;
  learnFacts(facts: Iterable<TweetFacts>): void;
  learnRetweets(retweets: Iterable<RetweetFacts>): void;
};

export type SeenImages = {
  /** Of those that were seen. */
  among(keys: readonly string[]): Map<string, EntryImage>;
  learn(images: Iterable<[string, EntryImage]>): void;
};

/** `quotedId` is undefined where only the facts were seen. */
export type References = Pick<Tweet, 'authorId' | 'parentId'> & { quotedId?: Id | null };

/** `most` of each kind. */
export function createForeknown(most: number): Foreknown {
  const tweets = createBoundedMap<Id, References>(most);
  const retweets = createBoundedMap<Id, Id>(most);
  return {
    tweet: tweets.get,
    retweeted: retweets.get,
    authors: createSeenImages(most),
    hashtags: createSeenImages(most),
    learnTweets(seen) {
      for (const { id, authorId, parentId, quotedId } of seen)
        if (tweets.get(id)?.quotedId === undefined) tweets.set(id, { authorId, parentId, quotedId });
    },
    learnFacts(seen) {
      for (const { id, authorId, parentId } of seen) if (!tweets.get(id)) tweets.set(id, { authorId, parentId });
    },
    learnRetweets(seen) {
      for (const { id, tweetId } of seen) if (!retweets.get(id)) retweets.set(id, tweetId);
    },
  };
}

function createSeenImages(most: number): SeenImages {
  const images = createBoundedMap<string, EntryImage>(most);
  return {
    among(keys) {
      const seen = new Map<string, EntryImage>();
      for (const key of keys) {
        const image = images.get(key);
        if (image) seen.set(key, image);
      }
      return seen;
    },
    learn(seen) {
      for (const [key, image] of seen) images.set(key, image);
    },
  };
}
