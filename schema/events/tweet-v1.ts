import { z } from 'zod';
import { defineTopic, envelope } from './define-topic.ts';

/** Key: id of the entry (tweet or retweet). Revision: the entry's. */
const posted = envelope.extend({
  type: z.literal('tweet.posted'),
  tweetId: z.string(),
  authorId: z.string(),
  text: z.string(),
  parentId: z.string().nullable(),
  parentAuthorId: z.string().nullable(),
  conversationId: z.string(),
  quotedId: z.string().nullable(),
  /** Without `#`, as written. */
  hashtags: z.array(z.string()),
  /** Ids of the people mentioned. */
  mentionedIds: z.array(z.string()),
});

const schema = z.discriminatedUnion('type', [
  posted,
  envelope.extend({ type: z.literal('tweet.deleted'), tweetId: z.string(), authorId: z.string() }),
  envelope.extend({
    type: z.literal('tweet.retweeted'),
    retweetId: z.string(),
    tweetId: z.string(),
    authorId: z.string(),
    retweeterId: z.string(),
  }),
  envelope.extend({
    type: z.literal('tweet.unretweeted'),
    retweetId: z.string(),
    tweetId: z.string(),
    retweeterId: z.string(),
  }),
]);

export type TweetEvent = z.infer<typeof schema>;
export const tweetTopic = defineTopic('tweet.v1', schema);
