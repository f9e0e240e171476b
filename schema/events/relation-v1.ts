import { z } from 'zod';
import { defineTopic, envelope } from './define-topic.ts';

/** Key: actor id. Revision: the actor's relations. `targetRevision` is the target's, where the change concerns its image too. */
const between = envelope.extend({
  actorId: z.string(),
  targetId: z.string(),
  targetRevision: z.number().int().nullable(),
});

/** Key: actor id. Revision: the actor's relations. */
const toHashtag = envelope.extend({
  actorId: z.string(),
  /** In the form that is compared. */
  tag: z.string(),
});

const schema = z.discriminatedUnion('type', [
  between.extend({ type: z.literal('user.followed') }),
  between.extend({ type: z.literal('user.unfollowed') }),
  between.extend({ type: z.literal('user.blocked') }),
  between.extend({ type: z.literal('user.unblocked') }),
  between.extend({ type: z.literal('user.muted') }),
  between.extend({ type: z.literal('user.unmuted') }),
  toHashtag.extend({ type: z.literal('hashtag.followed') }),
  toHashtag.extend({ type: z.literal('hashtag.unfollowed') }),
]);

export type RelationEvent = z.infer<typeof schema>;
export const relationTopic = defineTopic('relation.v1', schema);
