import { z } from 'zod';
import { defineTopic, envelope } from './define-topic.ts';

/** Key: actor id. Revision: the actor's relations. `targetRevision` is the target's, where the change concerns its image too. */
const between = envelope.extend({
  actorId: z.string(),
  targetId: z.string(),
  targetRevision: z.number().int().nullable(),
});

const schema = z.discriminatedUnion('type', [
  between.extend({ type: z.literal('user.followed') }),
  between.extend({ type: z.literal('user.unfollowed') }),
  between.extend({ type: z.literal('user.blocked') }),
  between.extend({ type: z.literal('user.unblocked') }),
  between.extend({ type: z.literal('user.muted') }),
  between.extend({ type: z.literal('user.unmuted') }),
]);

export type RelationEvent = z.infer<typeof schema>;
export const relationTopic = defineTopic('relation.v1', schema);
