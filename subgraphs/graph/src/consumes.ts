import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import { relationTopic } from '@starling/schema/events/relation-v1.ts';
import { userTopic } from '@starling/schema/events/user-v1.ts';
import { erasePerson, type EraseDeps } from './erase-person.ts';
import { invalidateFromEvents } from './invalidate-images.ts';

export function graphConsumers(deps: EraseDeps): Consumer[] {
  return [
    {
      group: 'graph-relations',
      topics: [relationTopic.name],
      handle: (batch) =>
        invalidateFromEvents(
          deps,
          batch.map((record) => record.value),
        ),
    },
    {
      group: 'graph-users',
      topics: [userTopic.name],
      async handle(batch) {
        for (const { value } of batch) {
          const event = userTopic.parse(value);
          // Relations outlast deactivation and suspension: readers hide what those accounts must not show.
          if (event.type === 'user.erased') await erasePerson(deps, event.userId);
        }
      },
    },
  ];
}
