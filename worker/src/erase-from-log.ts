import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { engagementTopic } from '@starling/schema/events/engagement-v1.ts';
import { erasureTopic } from '@starling/schema/events/erasure-v1.ts';
import { fanOutTopic } from '@starling/schema/events/fanout-v1.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';

/** What a log must be able to do for this; one that cannot bounds it by its topics' retention. */
export type ErasableLog = { erase(options: { contains: string; keep?(record: LogRecord): boolean }): Promise<number> };

/**
 * Empties an erased person's records in the log and its dead letters: when the person goes, and again when a store has
 * forgotten the person, for what it had on its way until then has come to the log meanwhile. What readers had not come to
 * they do not need: `user.erased` itself, which stays, makes every store and index forget the person.
 */
export function eraseFromLog(log: ErasableLog): Consumer {
  return {
    group: 'log-erasure',
    topics: [userTopic.name, erasureTopic.name],
    async handle(batch) {
      for (const userId of new Set(batch.flatMap(erasedIn)))
        await log.erase({ contains: userId, keep: (record) => isToStay(record, userId) });
    },
  };
}

function erasedIn({ topic, value }: LogRecord): string[] {
  if (topic === erasureTopic.name) return [erasureTopic.parse(value).userId];
  const event = userTopic.parse(value);
  return event.type === 'user.erased' ? [event.userId] : [];
}

/**
 * The news of the erasing, dead or alive: who could not take it must be able to take it later. Other people's tweets that
 * answer or mention the person: what others wrote is theirs. And other people's pushes that have come as far as the person: without
 * the record they would reach nobody further on.
 */
function isToStay({ topic, value, headers }: LogRecord, userId: string): boolean {
  switch (headers['dlq-topic'] ?? topic) {
    case erasureTopic.name:
      return true;
    case userTopic.name:
      return userTopic.parse(value).type === 'user.erased';
    case engagementTopic.name:
      return engagementTopic.parse(value).action.startsWith('un');
    case fanOutTopic.name:
      return fanOutTopic.parse(value).actorId !== userId;
    case tweetTopic.name: {
      const event = tweetTopic.parse(value);
      return event.type === 'tweet.posted' ? event.authorId !== userId : event.type !== 'tweet.retweeted';
    }
    default:
      return false;
  }
}
