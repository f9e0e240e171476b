import { z } from 'zod';

const DAY_MS = 24 * 60 * 60 * 1000;
/** What one request to tweets may ask for; of people, the reader beside. */
const HASHTAGS_A_READ_MAX = 1_000;
const FOLLOWEES_A_READ_MAX = 5_000;

/** What the subgraph graph can be told; environment names are GRAPH_ and the key, such as GRAPH_DATABASE_URL. */
export const graphConfig = z
  .object({
    databaseUrl: z.string(),
    /** Of a copy that may lag, for reads that may. */
    replicaUrl: z.string().optional(),
    /** Connections to the database, at most. */
    poolSize: z.coerce.number().int().min(2).default(10),
    /** How many people one person may follow. */
    followLimit: z.coerce.number().int().min(1).max(FOLLOWEES_A_READ_MAX).default(5_000),
    /** How many hashtags one person may follow. */
    hashtagLimit: z.coerce.number().int().min(1).max(HASHTAGS_A_READ_MAX).default(500),
    /** How long counters of people and follows that are shown stay in the cache. */
    peopleTtlMs: z.coerce.number().int().min(0).default(3_600_000),
    /** Entries of a list examined for one page, at most. */
    scanBudget: z.coerce.number().int().min(100).default(500),
    /** Relations of an erased person removed in one transaction, at most. */
    eraseBatchSize: z.coerce.number().int().min(1).max(5_000).default(500),
    /** Milliseconds for which it is known who looked at whose profile; then it is forgotten. */
    profileOpensKeptMs: z.coerce
      .number()
      .int()
      .min(1)
      .default(30 * DAY_MS),
    /** Followers from which what somebody tweets is merged into timelines when they are read, and no longer pushed. */
    famousFrom: z.coerce.number().int().min(1).default(10_000),
    /** Followers below which it is pushed again. */
    famousBelow: z.coerce.number().int().min(1).default(8_000),
    /** Milliseconds ahead for which either change is announced; others may know of it only half as late. */
    fameNoticeMs: z.coerce.number().int().min(1).default(60_000),
  })
  .refine(({ famousFrom, famousBelow }) => famousBelow <= famousFrom, {
    path: ['famousBelow'],
    message: 'must not be more than famousFrom',
  });

export type GraphConfig = z.infer<typeof graphConfig>;
