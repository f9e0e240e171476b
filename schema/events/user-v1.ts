import { z } from 'zod';
import { defineTopic, envelope } from './define-topic.ts';

/** Key: user id. Revision: the user's. Every record holds the whole public profile; never an e-mail address or credential. */
const profile = envelope.extend({
  userId: z.string(),
  handle: z.string(),
  name: z.string(),
  bio: z.string(),
  isPrivate: z.boolean(),
});

const schema = z.discriminatedUnion('type', [
  profile.extend({ type: z.literal('user.registered') }),
  profile.extend({ type: z.literal('user.changed') }),
  profile.extend({ type: z.literal('user.deactivated') }),
  profile.extend({ type: z.literal('user.reactivated') }),
  profile.extend({ type: z.literal('user.suspended') }),
  /** Every store, index and log forgets this person. Nothing but the id is left to say. */
  envelope.extend({ type: z.literal('user.erased'), userId: z.string() }),
]);

export type UserEvent = z.infer<typeof schema>;
export const userTopic = defineTopic('user.v1', schema);
