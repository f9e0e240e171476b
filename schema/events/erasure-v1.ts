import { z } from 'zod';
import { defineTopic, envelope } from './define-topic.ts';

/**
 * Key: user id. Revision: 0, for it says one thing only. A store tells that it has forgotten an erased person: everything it
 * had published of the person before lies in the log by then, and can be forgotten there, too.
 */
const schema = envelope.extend({
  type: z.literal('person.forgotten'),
  userId: z.string(),
  /** Name of the subgraph. */
  by: z.string(),
});

export type ErasureEvent = z.infer<typeof schema>;
export const erasureTopic = defineTopic('erasure.v1', schema);
