import { homeTimeline, type Entry } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';

type Person = {
  state: 'active' | 'deactivated' | 'erased';
  isPrivate: boolean;
  following: Set<Id>;
  blocking: Set<Id>;
  muting: Set<Id>;
  hashtags: Set<string>;
};

/** `place` orders entries by when they were made, in the form of an id; the product's own ids order nothing here. */
export type PlainTweet = {
  place: Id;
  id: Id;
  authorId: Id;
  parentAuthorId: Id | null;
  hashtags: string[];
  isDeleted: boolean;
};
export type PlainRetweet = { place: Id; userId: Id; tweet: PlainTweet };
export type PlainEntry = { tweet: PlainTweet; retweeterId: Id | null };

/** What a test has done, as plain lists: nothing of the product is asked. */
export type PlainCommunity = ReturnType<typeof createPlainCommunity>;

/** Later than every moment of an import, in milliseconds: places of what happens live are counted from here. */
const LIVE = 10 ** 15;

export function createPlainCommunity({ collapseWithin }: { collapseWithin: number }) {
  const people = new Map<Id, Person>();
  const tweets = new Map<Id, PlainTweet>();
  const retweets = new Set<PlainRetweet>();
  let live = LIVE;
  const placeOf = (atMs: number | undefined): Id => String(atMs ?? (live += 1)).padStart(19, '0');
  const person = (id: Id): Person => known(people, id);
  const tweet = (id: Id): PlainTweet => known(tweets, id);

  return {
    person,
    tweet,
    /** Without the erased. */
    peopleIds: (): Id[] => [...people].flatMap(([id, { state }]) => (state === 'erased' ? [] : id)),
    retweets: (): PlainRetweet[] => [...retweets],
    writtenBy: (userId: Id): PlainTweet[] => [...tweets.values()].filter(({ authorId }) => authorId === userId),
    join(id: Id): void {
      people.set(id, {
        state: 'active',
        isPrivate: false,
        following: new Set(),
        blocking: new Set(),
        muting: new Set(),
        hashtags: new Set(),
      });
    },
    post(made: { id: Id; authorId: Id; parentId?: Id; hashtags?: string[]; atMs?: number }): void {
      const parentAuthorId = made.parentId === undefined ? null : tweet(made.parentId).authorId;
      const { id, authorId, hashtags = [] } = made;
      tweets.set(id, { place: placeOf(made.atMs), id, authorId, parentAuthorId, hashtags, isDeleted: false });
    },
    retweet(userId: Id, tweetId: Id, atMs?: number): void {
      retweets.add({ place: placeOf(atMs), userId, tweet: tweet(tweetId) });
    },
    undo(retweet: PlainRetweet): void {
      retweets.delete(retweet);
    },
    block(blockerId: Id, blockedId: Id): void {
      person(blockerId).blocking.add(blockedId);
      person(blockerId).following.delete(blockedId);
      person(blockedId).following.delete(blockerId);
    },
    /** What is left once an erasure has reached everything: nobody has a relation to the person any more. */
    forget(id: Id): void {
      person(id).state = 'erased';
      for (const { following, blocking, muting } of people.values())
        for (const set of [following, blocking, muting]) set.delete(id);
    },
    home: (viewerId: Id): PlainEntry[] =>
      home({ viewerId, collapseWithin, person, tweets: [...tweets.values()], retweets }),
  };
}

type HomeFacts = {
  viewerId: Id;
  collapseWithin: number;
  person(id: Id): Person;
  tweets: readonly PlainTweet[];
  retweets: Iterable<PlainRetweet>;
};

function home({ viewerId, collapseWithin, person, tweets, retweets }: HomeFacts): PlainEntry[] {
  const byPlace = new Map<Id, PlainEntry>();
  for (const tweet of tweets) byPlace.set(tweet.place, { tweet, retweeterId: null });
  for (const { place, userId, tweet } of retweets) byPlace.set(place, { tweet, retweeterId: userId });

  const isOpen = (otherId: Id): boolean => {
    const [viewer, other] = [person(viewerId), person(otherId)];
    if (other.state === 'erased') return false;
    if (otherId === viewerId) return true;
    if (other.state !== 'active' || other.blocking.has(viewerId)) return false;
    if (viewer.blocking.has(otherId) || viewer.muting.has(otherId)) return false;
    return !other.isPrivate || viewer.following.has(otherId);
  };
  const entries = [...byPlace].map(([place, entry]) => toEntry(place, entry));
  const isVisible = (entry: Entry): boolean => {
    if (byPlace.get(entry.id)?.tweet.isDeleted) return false;
    return isOpen(entry.authorId) && isOpen(entry.actorId);
  };
  const { following, hashtags } = person(viewerId);
  const timeline = homeTimeline({ viewerId, following, hashtags }, entries, { isVisible, collapseWithin });
  return timeline.flatMap(({ id }) => byPlace.get(id) ?? []);
}

function toEntry(place: Id, { tweet, retweeterId }: PlainEntry): Entry {
  const { authorId, parentAuthorId, hashtags } = tweet;
  return { id: place, tweetId: tweet.place, actorId: retweeterId ?? authorId, authorId, parentAuthorId, hashtags };
}

function known<Value>(values: ReadonlyMap<Id, Value>, id: Id): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`Nobody has made ${id}.`);
  return value;
}
