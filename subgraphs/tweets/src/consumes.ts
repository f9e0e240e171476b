import type { Id } from '@starling/domain/ids.ts';
import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { engagementTopic } from '@starling/schema/events/engagement-v1.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { erasePerson, type ErasePersonDeps } from './erase-person.ts';
import { channelOf } from './watch-tweets.ts';

export type ConsumerDeps = ErasePersonDeps & {
  cached: Pick<CachedTweets, 'mustForget'>;
  pubsub: Pick<PubSub, 'publish'>;
};

export function createConsumers(deps: ConsumerDeps): Consumer[] {
  return [
    {
      group: 'tweets-live',
      topics: [tweetTopic.name, engagementTopic.name],
      handle: (batch) => tellWatchers(deps, batch),
    },
    { group: 'tweets-users', topics: [userTopic.name], handle: (batch) => forgetErased(deps, batch) },
  ];
}

/** Says which tweets changed; watchers read them anew. What was cached is dropped once more, should its changer have died. */
async function tellWatchers({ cached, pubsub }: ConsumerDeps, batch: readonly LogRecord[]): Promise<void> {
  const changes = batch.map(changeIn);
  await cached.mustForget([...new Set(changes.flatMap(({ staleIds }) => staleIds))]);
  const changed = new Set(changes.flatMap(({ tweetId }) => tweetId ?? []));
  await Promise.all([...changed].map((tweetId) => pubsub.publish([channelOf(tweetId)], JSON.stringify({ tweetId }))));
}

function changeIn({ topic, value }: LogRecord): { tweetId: Id | null; staleIds: Id[] } {
  if (topic === engagementTopic.name) return { tweetId: engagementTopic.parse(value).tweetId, staleIds: [] };
  const event = tweetTopic.parse(value);
  if (event.type === 'tweet.deleted') return { tweetId: event.tweetId, staleIds: [event.tweetId] };
  return { tweetId: null, staleIds: event.type === 'tweet.unretweeted' ? [event.retweetId] : [] };
}

async function forgetErased(deps: ConsumerDeps, batch: readonly LogRecord[]): Promise<void> {
  for (const { value } of batch) {
    const event = userTopic.parse(value);
    if (event.type === 'user.erased') await erasePerson(deps, event.userId);
  }
}
