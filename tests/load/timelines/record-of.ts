import { randomUUID } from 'node:crypto';
import { timeOfId, type Id } from '@starling/domain/ids.ts';
import type { NewRecord } from '@starling/kit/event-log/port.ts';
import { tweetTopic, type TweetEvent } from '@starling/schema/events/tweet-v1.ts';

/** A new tweet, as the log has it. */
export function recordOfTweet({ tweetId, authorId }: { tweetId: Id; authorId: Id }): NewRecord {
  const event: TweetEvent = {
    eventId: randomUUID(),
    revision: 1,
    version: 1,
    at: timeOfId(tweetId),
    type: 'tweet.posted',
    tweetId,
    authorId,
    text: 'Somebody said something that is about as long as what is usually said, with a #hashtag in it.',
    parentId: null,
    parentAuthorId: null,
    conversationId: tweetId,
    quotedId: null,
    hashtags: ['hashtag'],
    mentionedIds: [],
  };
  return { topic: tweetTopic.name, key: tweetId, value: JSON.stringify(event), headers: {} };
}
