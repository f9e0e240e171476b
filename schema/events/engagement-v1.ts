import { z } from 'zod';
import { defineTopic, envelope } from './define-topic.ts';

/** Key: tweet id. Revision: the tweet's counters. Holds the counters after the change, so a reader may skip to the last one. */
const schema = envelope.extend({
  type: z.literal('tweet.counted'),
  tweetId: z.string(),
  /** Who did it. */
  actorId: z.string(),
  action: z.enum(['like', 'unlike', 'retweet', 'unretweet', 'reply', 'unreply', 'quote', 'unquote']),
  likeCount: z.number().int(),
  retweetCount: z.number().int(),
  replyCount: z.number().int(),
  quoteCount: z.number().int(),
});

export type EngagementEvent = z.infer<typeof schema>;
export const engagementTopic = defineTopic('engagement.v1', schema, { retentionDays: 3 });
