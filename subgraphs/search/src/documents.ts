import { foldHashtags } from '@starling/domain/hashtag.ts';
import { handleKey } from '@starling/domain/profile.ts';
import { analyze } from '@starling/domain/search-text.ts';
import type { IndexDocument, IndexWrite } from '@starling/kit/search-index/port.ts';
import type { TweetEvent } from '@starling/schema/events/tweet-v1.ts';
import type { UserEvent } from '@starling/schema/events/user-v1.ts';

/** The index's version of a document is the revision of its tweet or person. */
export function tweetWrites(event: TweetEvent): IndexWrite[] {
  const version = BigInt(event.revision);
  if (event.type === 'tweet.deleted') return [{ kind: 'delete', version, id: event.tweetId }];
  if (event.type !== 'tweet.posted') return [];
  return [{ kind: 'put', version, document: tweetDocument(event) }];
}

type TweetPosted = Extract<TweetEvent, { type: 'tweet.posted' }>;

export function tweetDocument(
  tweet: Pick<TweetPosted, 'tweetId' | 'authorId' | 'text' | 'hashtags' | 'mentionedIds' | 'parentAuthorId'>,
): IndexDocument {
  const keywords = {
    author: [tweet.authorId],
    hashtag: foldHashtags(tweet.hashtags),
    mention: tweet.mentionedIds,
    to: tweet.parentAuthorId === null ? [] : [tweet.parentAuthorId],
  };
  return { id: tweet.tweetId, tokens: analyze(tweet.text), keywords, label: '' };
}

/** A person who is away is not found, and comes back with a later revision. */
export function personWrite(event: UserEvent): IndexWrite {
  const version = BigInt(event.revision);
  switch (event.type) {
    case 'user.registered':
    case 'user.changed':
    case 'user.reactivated':
      return { kind: 'put', version, document: personDocument(event) };
    case 'user.deactivated':
    case 'user.suspended':
    case 'user.erased':
      return { kind: 'delete', version, id: event.userId };
  }
}

export function personDocument(person: { userId: string; handle: string; name: string }): IndexDocument {
  return { id: person.userId, tokens: [], keywords: {}, label: labelOf(person) };
}

/** The handle as it stands comes first, since what a label begins with weighs more. */
function labelOf({ handle, name }: { handle: string; name: string }): string {
  return [...new Set([handleKey(handle), ...analyze(name), ...analyze(handle)])].join(' ');
}

/** What somebody types to find a person, in words that labels are made of. Empty if there is none. */
export function labelQuery(text: string): string {
  return text.split(/\s+/u).flatMap(wordsOfTerm).join(' ');
}

/** What could be a handle is left whole: who types an underscore means it. */
function wordsOfTerm(term: string): string[] {
  const handle = /^@?(\w+)$/.exec(term)?.[1];
  return handle === undefined ? analyze(term) : [handleKey(handle)];
}
