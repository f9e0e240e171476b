import type { TopicSpec } from '@starling/kit/event-log/port.ts';
import { engagementTopic } from '@starling/schema/events/engagement-v1.ts';
import { erasureTopic } from '@starling/schema/events/erasure-v1.ts';
import { fanOutTopic } from '@starling/schema/events/fanout-v1.ts';
import { relationTopic } from '@starling/schema/events/relation-v1.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';

/** Every topic there is. */
export const topics: readonly TopicSpec[] = [
  userTopic,
  relationTopic,
  tweetTopic,
  fanOutTopic,
  engagementTopic,
  erasureTopic,
];
