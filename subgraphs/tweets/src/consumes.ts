import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { engagementTopic } from '@starling/schema/events/engagement-v1.ts';
import { tweetTopic } from '@starling/schema/events/tweet-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import type { Forgetting } from './cached-tweets.ts';
import { erasePerson, type ErasePersonDeps } from './erase-person.ts';
import { staleBy } from './stale.ts';
import { channelOf } from './watch-tweets.ts';

export type ConsumerDeps = ErasePersonDeps & {
  forgetting: Pick<Forgetting, 'mustForget'>;
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
async function tellWatchers({ forgetting, pubsub }: ConsumerDeps, batch: readonly LogRecord[]): Promise<void> {
  const events = batch.map(({ topic, value }) =>
    (topic === engagementTopic.name ? engagementTopic : tweetTopic).parse(value),
  );
  await forgetting.mustForget(staleBy(events.map((payload) => ({ payload }))));
  const changed = new Set(events.filter(({ type }) => CHANGES.has(type)).map(({ tweetId }) => tweetId));
  await Promise.all([...changed].map((tweetId) => pubsub.publish([channelOf(tweetId)], JSON.stringify({ tweetId }))));
}

/** What those who watch a tweet see of it. */
const CHANGES: ReadonlySet<string> = new Set(['tweet.counted', 'tweet.deleted']);

async function forgetErased(deps: ConsumerDeps, batch: readonly LogRecord[]): Promise<void> {
  for (const { value } of batch) {
    const event = userTopic.parse(value);
    if (event.type === 'user.erased') await erasePerson(deps, event.userId);
  }
}
