import { foldHashtags } from '@starling/domain/hashtag.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { TextEntity } from '@starling/domain/tweet-text.ts';
import type { TweetState } from '@starling/domain/visibility.ts';

/** A mention knows whom it means, if there was somebody of this handle when the tweet was posted. */
export type TweetEntity = TextEntity & { userId?: Id };

/** What of a tweet changes at most once, when it is deleted: then text and entities are empty. */
export type Tweet = {
  id: Id;
  authorId: Id;
  text: string;
  entities: TweetEntity[];
  parentId: Id | null;
  parentAuthorId: Id | null;
  /** The own id for a tweet that answers none. */
  conversationId: Id;
  quotedId: Id | null;
  state: TweetState;
  revision: number;
};

/** Without `#`, as written. */
export function hashtagsOf({ entities }: Pick<Tweet, 'entities'>): string[] {
  return entities.filter(({ kind }) => kind === 'HASHTAG').map(({ value }) => value);
}

/** In the form that is compared, each once. */
export function tagsOf(tweet: Pick<Tweet, 'entities'>): string[] {
  return foldHashtags(hashtagsOf(tweet));
}

/** Of the people mentioned. */
export function mentionedIdsOf({ entities }: Pick<Tweet, 'entities'>): Id[] {
  return [...new Set(entities.flatMap(({ userId }) => userId ?? []))];
}

export type Counters = {
  tweetId: Id;
  likeCount: number;
  retweetCount: number;
  replyCount: number;
  quoteCount: number;
  revision: number;
};

/** A retweet that stands or stood; `id` has the mark of retweets. */
export type Retweet = { id: Id; userId: Id; tweetId: Id; authorId: Id };

/** As it is when it is posted: in the conversation of the tweet it answers, or the first of its own. */
export function newTweet(
  id: Id,
  { authorId, text, entities }: Pick<Tweet, 'authorId' | 'text' | 'entities'>,
  { parent, quoted }: { parent: Tweet | null; quoted: Tweet | null },
): Tweet {
  const answers = {
    parentId: parent?.id ?? null,
    parentAuthorId: parent?.authorId ?? null,
    conversationId: parent?.conversationId ?? id,
  };
  return { id, authorId, text, entities, ...answers, quotedId: quoted?.id ?? null, state: 'live', revision: 1 };
}
