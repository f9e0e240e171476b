import { z } from 'zod';

/** A topic's contract: who reads it knows its key, its partitions, how long it is kept, and what a record means. */
export type Topic<Event> = {
  name: string;
  partitions: number;
  retentionMs: number;
  /** JSON text of a record's value → event. Throws a ZodError or SyntaxError on anything else. */
  parse(value: string): Event;
};

/**
 * What every event carries. `revision` counts the changes of the aggregate that the record's key names (or, where
 * the topic's table in ARCHITECTURE.md says so, of the aggregate inside): a reader drops what is older than what it applied.
 */
export const envelope = z.object({
  /** UUID; the same at every redelivery. */
  eventId: z.string(),
  revision: z.number().int().nonnegative(),
  version: z.literal(1),
  /** Epoch milliseconds of the change. */
  at: z.number().int(),
});

const DAY_MS = 24 * 60 * 60 * 1000;

export function defineTopic<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  { partitions = 12, retentionDays = 7 }: { partitions?: number; retentionDays?: number } = {},
): Topic<z.infer<Schema>> {
  return {
    name,
    partitions,
    retentionMs: retentionDays * DAY_MS,
    parse: (value) => schema.parse(JSON.parse(value)),
  };
}
