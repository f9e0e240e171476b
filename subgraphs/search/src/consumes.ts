import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { IndexWrite, SearchIndex } from '@starling/kit/search-index/port.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import { personWrite, tweetWrites } from './documents.ts';

export type ConsumerDeps = { tweetIndex: Pick<SearchIndex, 'write'>; peopleIndex: Pick<SearchIndex, 'write'> };

/** Each batch is one write of the index, which drops what is older than what it holds. */
export function searchConsumers({ tweetIndex, peopleIndex }: ConsumerDeps): Consumer[] {
  return [
    {
      group: 'search-tweets',
      topics: [tweetTopic.name],
      handle: (batch) => tweetIndex.write(batch.flatMap(({ value }) => tweetWrites(tweetTopic.parse(value)))),
    },
    {
      group: 'search-people',
      topics: [userTopic.name],
      async handle(batch) {
        const events = batch.map(({ value }) => userTopic.parse(value));
        await peopleIndex.write(events.map(personWrite));
        const erased = events.filter(({ type }) => type === 'user.erased');
        if (erased.length > 0) await tweetIndex.write(erased.map(({ userId }) => withoutAuthor(userId)));
      },
    },
  ];
}

/** The posts of an erased person may still be on their way in the other topic: the index keeps them out. */
function withoutAuthor(userId: string): IndexWrite {
  return { kind: 'deleteByKeyword', field: 'author', keyword: userId };
}
