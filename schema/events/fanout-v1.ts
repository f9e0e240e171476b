import { z } from 'zod';
import { defineTopic, envelope } from './define-topic.ts';

/**
 * Key: id of the push's first entry, so that the slices of one push come in order and several pushes run apart. Revision: number of
 * the slice. Where a push goes on that was cut. No fact: the consumer that has done the slice before publishes it.
 */
const schema = envelope.extend({
  type: z.literal('push.continued'),
  /** The same for every slice of one push. */
  pushId: z.string(),
  /** Whose followers it goes to. */
  actorId: z.string(),
  entries: z
    .array(
      z.object({
        entryId: z.string(),
        /** Epoch milliseconds of the entry. */
        at: z.number().int(),
        /** Of whatever made the entry. */
        trace: z.record(z.string(), z.string()),
      }),
    )
    .min(1),
  /** Epoch milliseconds: to those followers alone who were famous at that moment. 0: to everybody. */
  famousAtMs: z.number().int().nonnegative(),
  /** Followers up to this id, itself included, are done. */
  afterId: z.string(),
});

export type FanOutEvent = z.infer<typeof schema>;
export const fanOutTopic = defineTopic('fanout.v1', schema, { retentionDays: 3 });
