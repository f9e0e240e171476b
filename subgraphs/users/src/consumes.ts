import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import type { CachedAccounts } from './loaders.ts';

/** Accounts follow from nobody else's facts; their own events drop what is cached once more, should its changer have died. */
export function createConsumers({ accounts }: { accounts: Pick<CachedAccounts, 'forget'> }): Consumer[] {
  return [
    {
      group: 'users-accounts',
      topics: [userTopic.name],
      handle: (batch) => accounts.forget([...new Set(batch.map(({ value }) => userTopic.parse(value).userId))]),
    },
  ];
}
