import { z } from 'zod';

const HOUR_MS = 3_600_000;

/** What the subgraph tweets can be told; environment names are TWEETS_ and the key, such as TWEETS_DATABASE_URL. */
export const tweetsConfig = z.object({
  databaseUrl: z.string(),
  /** Of a copy that may lag, for reads that may. */
  replicaUrl: z.string().optional(),
  /** Connections to the database, at most. */
  poolSize: z.coerce.number().int().min(2).default(10),
  /** How long what is read of tweets and their authors stays in the cache. */
  contentTtlMs: z.coerce.number().int().min(0).default(HOUR_MS),
  /** Newest entries of an author that the cache holds as one image, at most; 38 bytes each. One page of 100 asks for 130. */
  authorEntries: z.coerce.number().int().min(1).max(1_000).default(150),
  /** Newest tweets with a hashtag that the cache holds as one image, at most; 38 bytes each. */
  hashtagEntries: z.coerce.number().int().min(1).max(1_000).default(150),
  /** Newest tweets a person likes, retweets or bookmarks that the cache holds as one image, of each kind at most; 21 bytes each. */
  marksKept: z.coerce.number().int().min(1).max(5_000).default(400),
  /**
   * Tweets, retweets, authors and hashtags of which a process remembers what it has seen, of each at most, to ask for what they
   * lead to at once; some 200 bytes each, an author or a hashtag up to 6 kB.
   */
  foreknown: z.coerce.number().int().min(0).default(5_000),
  /** How long an idempotency key stands for its tweet. */
  idempotencyTtlMs: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(24 * HOUR_MS),
  /** Changes of a watched tweet within this time are told once. */
  updateWindowMs: z.coerce.number().int().min(0).default(100),
  /** Tweets above one tweet that a conversation shows, at most: the nearest. */
  maxAncestors: z.coerce.number().int().min(1).default(200),
  /** Rows of each kind that are taken from an erased person in one transaction. */
  eraseBatch: z.coerce.number().int().min(1).max(5_000).default(200),
});

export type TweetsConfig = z.infer<typeof tweetsConfig>;
