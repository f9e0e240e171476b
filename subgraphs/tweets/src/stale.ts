import { foldHashtags } from '@starling/domain/hashtag.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { EngagementEvent } from '@starling/schema/events/engagement-v1.ts';
import { tweetPosted, type FactEvent } from './publishes.ts';
import { changesBy } from './store/count.ts';
import type { Tweet } from './tweet.ts';

/** What of the cache is old after a change. */
export type Stale = {
  /** Tweets and retweets. */
  entryIds?: readonly Id[];
  /** Whose list of entries changed. */
  authorIds?: readonly Id[];
  /** In the form that is compared. Images keep what is deleted: readers look at each tweet. */
  hashtags?: readonly string[];
  /** Tweets whose counters changed. */
  countedIds?: readonly Id[];
  /** Who likes, retweets or bookmarks something more or less. */
  markerIds?: readonly Id[];
};

type Counted = Pick<EngagementEvent, 'type' | 'tweetId' | 'actorId' | 'action'>;
type Change = { payload: Exclude<FactEvent['payload'], EngagementEvent> | Counted };

/** The same for who makes a change, from the events in its transaction, and for who hears of it. */
export function staleBy(events: readonly Change[]): Stale {
  return mergeStale(events.map(({ payload }) => staleByOne(payload)));
}

/** The same for who finds that these tweets have come, or gone, already: their change may not have been answered. */
export function staleByTweets(tweets: Iterable<Tweet>): Stale {
  return staleBy([...tweets].flatMap((tweet) => [tweetPosted(tweet, 0), ...changesBy(tweet, 'coming').map(counted)]));
}

export function mergeStale(all: readonly Stale[]): Stale {
  const merged = (kind: keyof Stale) => [...new Set(all.flatMap((stale) => stale[kind] ?? []))];
  return {
    entryIds: merged('entryIds'),
    authorIds: merged('authorIds'),
    hashtags: merged('hashtags'),
    countedIds: merged('countedIds'),
    markerIds: merged('markerIds'),
  };
}

function counted(change: Omit<Counted, 'type'>): Change {
  return { payload: { type: 'tweet.counted', ...change } };
}

function staleByOne(event: Change['payload']): Stale {
  switch (event.type) {
    case 'tweet.posted':
      // Somebody may have asked for it before it was.
      return {
        entryIds: [event.tweetId],
        authorIds: [event.authorId],
        hashtags: foldHashtags(event.hashtags),
        countedIds: [event.tweetId],
      };
    case 'tweet.deleted':
      return { entryIds: [event.tweetId], authorIds: [event.authorId] };
    case 'tweet.retweeted':
    case 'tweet.unretweeted':
      return { entryIds: [event.retweetId], authorIds: [event.retweeterId], markerIds: [event.retweeterId] };
    case 'tweet.counted':
      return { countedIds: [event.tweetId], markerIds: MARKS.has(event.action) ? [event.actorId] : [] };
    case 'person.forgotten':
      return { authorIds: [event.userId], markerIds: [event.userId] };
  }
}

/** Retweets have an event of their own; bookmarks none. */
const MARKS: ReadonlySet<string> = new Set(['like', 'unlike']);
