import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';

/** What a log must be able to do for this; one that cannot bounds it by its topics' retention. */
export type ErasableLog = { erase(options: { contains: string; keep?(record: LogRecord): boolean }): Promise<number> };

/**
 * Empties an erased person's records in the log and its dead letters. What the readers had not come to yet they do not
 * need: `user.erased` itself, which stays, makes every store and index forget the person.
 */
export function eraseFromLog(log: ErasableLog): Consumer {
  return {
    group: 'log-erasure',
    topics: [userTopic.name],
    async handle(batch) {
      for (const record of batch) {
        const event = userTopic.parse(record.value);
        if (event.type === 'user.erased') await log.erase({ contains: event.userId, keep: isAbout(event.userId) });
      }
    },
  };
}

/** The news of the erasing, and other people's tweets that mention the person: those hold nothing but the id. */
function isAbout(userId: string): (record: LogRecord) => boolean {
  return ({ topic, value }) => {
    if (topic === userTopic.name) return userTopic.parse(value).type === 'user.erased';
    if (topic !== tweetTopic.name) return false;
    const event = tweetTopic.parse(value);
    return event.type === 'tweet.posted' && event.authorId !== userId;
  };
}
