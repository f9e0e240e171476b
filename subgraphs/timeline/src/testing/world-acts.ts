import type { TweetState } from '@starling/domain/visibility.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { announce, mint, must, type Person, type StoredFame, type WorldState } from './world-state.ts';

type PostOptions = {
  parent?: EntryFacts;
  backdatedMs?: number;
  /** In the form that is compared. */ hashtags?: string[];
};

/** What people do with tweets, each with its event. */
export function tweetActs(world: WorldState) {
  const { entries } = world;
  return {
    post(author: Person, given: PostOptions = {}): EntryFacts {
      const { parent, backdatedMs, hashtags = [] } = given;
      const tweet = { ...tweetOf(author, mint(world, { backdatedMs }), parent), hashtags };
      entries.set(tweet.id, { ...tweet, undoneAtMs: null });
      announce(world, tweet.id, postedEvent(tweet));
      return tweet;
    },
    retweet(retweeter: Person, tweet: EntryFacts): EntryFacts {
      const retweet = { ...tweet, id: mint(world, { isRetweet: true }), actorId: retweeter.id };
      retweet.state = must(entries.get(tweet.tweetId)).state;
      entries.set(retweet.id, { ...retweet, undoneAtMs: null });
      const { id: retweetId, tweetId, authorId, actorId: retweeterId } = retweet;
      announce(world, retweetId, { type: 'tweet.retweeted', retweetId, tweetId, authorId, retweeterId });
      return retweet;
    },
    undo({ id, tweetId, actorId }: EntryFacts): void {
      if (id === tweetId) return;
      must(entries.get(id)).undoneAtMs = world.clock;
      announce(world, id, { type: 'tweet.unretweeted', retweetId: id, tweetId, retweeterId: actorId });
    },
    setTweetState({ tweetId, authorId }: EntryFacts, state: TweetState): void {
      for (const entry of entries.values()) {
        if (entry.tweetId === tweetId && entry.state !== 'deleted') entry.state = state;
      }
      if (state === 'deleted') announce(world, tweetId, { type: 'tweet.deleted', tweetId, authorId });
    },
  };
}

/** Ahead of which fame is announced, and twice as long as anybody may go without asking. */
export const FAME_NOTICE_MS = 60_000;

/** Becoming famous, and ceasing to be; at the earliest after the last announcement has come true. */
export function fameActs(world: WorldState) {
  const announce = ({ id }: Person, change: (open: StoredFame | undefined, at: number) => void) => {
    const of = world.fame.filter(({ userId }) => userId === id);
    change(
      of.find(({ endsAt }) => endsAt === Infinity),
      Math.max(world.clock + FAME_NOTICE_MS, ...of.map(({ endsAt }) => (endsAt === Infinity ? 0 : endsAt))),
    );
  };
  return {
    beginFame: (person: Person) =>
      announce(person, (open, at) => {
        const interval = { userId: person.id, beginsAt: at, endsAt: Infinity, announcedAt: world.clock };
        if (!open) world.fame.push(interval);
      }),
    endFame: (person: Person) =>
      announce(person, (open, at) => {
        if (open) Object.assign(open, { endsAt: Math.max(at, open.beginsAt + 1), announcedAt: world.clock });
      }),
  };
}

/** What people do to one another. */
export function relationActs(world: WorldState) {
  const end = (person: Person, other: Person): boolean => {
    const standing = person.follows.find(({ followeeId, untilMs }) => followeeId === other.id && untilMs === null);
    if (standing) standing.untilMs = world.clock;
    return person.following.delete(other.id);
  };
  return {
    follow(person: Person, other: Person): void {
      if (person === other || person.following.has(other.id) || areBlocked(person, other)) return;
      person.following.add(other.id);
      person.follows.push({ followeeId: other.id, sinceMs: world.clock, untilMs: null });
      person.revision += 1n;
      person.followsRevision = person.revision;
    },
    unfollow(person: Person, other: Person): void {
      if (end(person, other)) person.revision += 1n;
    },
    followHashtag(person: Person, tag: string): void {
      if (person.hashtags.has(tag)) return;
      person.hashtags.add(tag);
      person.hashtagFollows.push({ tag, sinceMs: world.clock, untilMs: null });
      person.revision += 1n;
    },
    unfollowHashtag(person: Person, tag: string): void {
      if (!person.hashtags.delete(tag)) return;
      const standing = person.hashtagFollows.find((follow) => follow.tag === tag && follow.untilMs === null);
      if (standing) standing.untilMs = world.clock;
      person.revision += 1n;
    },
    block(person: Person, other: Person): void {
      if (person === other || person.blocking.has(other.id)) return;
      person.blocking.add(other.id);
      end(person, other);
      end(other, person);
      person.revision += 1n;
      other.revision += 1n;
    },
    unblock(person: Person, other: Person): void {
      if (!person.blocking.delete(other.id)) return;
      person.revision += 1n;
      other.revision += 1n;
    },
    mute(person: Person, other: Person, isOn: boolean): void {
      if (person === other) return;
      if (isOn) person.muting.add(other.id);
      else person.muting.delete(other.id);
      person.revision += 1n;
    },
  };
}

function areBlocked(a: Person, b: Person): boolean {
  return a.blocking.has(b.id) || b.blocking.has(a.id);
}

function tweetOf(author: Person, id: string, parent: EntryFacts | undefined): EntryFacts {
  return {
    id,
    actorId: author.id,
    tweetId: id,
    authorId: author.id,
    parentId: parent?.tweetId ?? '',
    parentAuthorId: parent?.authorId ?? '',
    conversationId: id,
    state: 'live',
    hashtags: [],
  };
}

function postedEvent(tweet: EntryFacts): Record<string, unknown> {
  const { id, authorId, parentId, parentAuthorId, conversationId, hashtags } = tweet;
  return {
    type: 'tweet.posted',
    tweetId: id,
    authorId,
    text: 'words',
    parentId: parentId || null,
    parentAuthorId: parentAuthorId || null,
    conversationId,
    quotedId: null,
    hashtags,
    mentionedIds: [],
  };
}
