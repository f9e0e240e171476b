import type { Id } from '@starling/domain/ids.ts';

/** Something that is so or is not: a follow, a block, a retweet, a deletion. */
export type Fact = {
  /** As last asked for. */
  holds: boolean;
  /** False where a request failed: then it may be either way. */
  isCertain: boolean;
  /** Once a request has failed, its opposite is not asked for any more: it could arrive before it. */
  isFrozen: boolean;
};

export type LoadTweet = {
  id: Id;
  authorId: Id;
  parentAuthorId: Id | null;
  text: string;
  deletion: Fact;
};

/** Its entry came into being between two moments of the client's clock. */
export type LoadRetweet = { tweet: LoadTweet; userId: Id; sentMs: number; answeredMs: number; fact: Fact };

export type PostInput = { text: string; replyToId?: Id; idempotencyKey?: string };

/** A post that got no answer. With a key it can be asked for again; without, it may be there once or not at all. */
export type UnknownPost = { authorId: Id; parentAuthorId: Id | null; input: PostInput };

/** Everything a load has asked for, and what was answered; nothing of the product is asked. */
export type Ledger = {
  /** A number that was never given before. */
  serial(): number;
  tweets: Map<Id, LoadTweet>;
  unknownPosts: Set<UnknownPost>;
  retweets(): LoadRetweet[];
  retweet(userId: Id, tweet: LoadTweet): LoadRetweet;
  /** Of one person by another. */
  follow(actorId: Id, targetId: Id): Fact;
  block(actorId: Id, targetId: Id): Fact;
  /** What somebody has ever followed or blocked, or tried to. */
  relations(): { kind: 'follow' | 'block'; actorId: Id; targetId: Id; fact: Fact }[];
};

export function createLedger(): Ledger {
  const retweets = new Map<string, LoadRetweet>();
  const relations = new Map<string, ReturnType<Ledger['relations']>[number]>();
  const relation = (kind: 'follow' | 'block', actorId: Id, targetId: Id): Fact => {
    const key = `${kind} ${actorId} ${targetId}`;
    const found = relations.get(key) ?? { kind, actorId, targetId, fact: newFact() };
    relations.set(key, found);
    return found.fact;
  };
  let given = 0;
  return {
    serial: () => (given += 1),
    tweets: new Map(),
    unknownPosts: new Set(),
    retweets: () => [...retweets.values()],
    retweet(userId, tweet) {
      const key = `${userId} ${tweet.id}`;
      const found = retweets.get(key) ?? { tweet, userId, sentMs: Date.now(), answeredMs: Infinity, fact: newFact() };
      retweets.set(key, found);
      return found;
    },
    follow: (actorId, targetId) => relation('follow', actorId, targetId),
    block: (actorId, targetId) => relation('block', actorId, targetId),
    relations: () => [...relations.values()],
  };
}

export function newFact(): Fact {
  return { holds: false, isCertain: true, isFrozen: false };
}

/** What was posted, as it is known from its answer. */
export function noteTweet(
  ledger: Pick<Ledger, 'tweets'>,
  { authorId, parentAuthorId, input }: UnknownPost,
  id: Id,
): void {
  ledger.tweets.set(id, { id, authorId, parentAuthorId, text: input.text, deletion: newFact() });
}
