import { z } from 'zod';

/** What the subgraph search can be told; environment names are SEARCH_ and the key, such as SEARCH_CACHE_TTL_MS. */
export const searchConfig = z.object({
  /** Milliseconds for which what the index answered is kept, before anybody's visibility; so late may a new tweet be found. 0 = not at all. */
  cacheTtlMs: z.coerce.number().int().min(0).default(150_000),
  /** Matches examined for one page, at most. */
  scanBudget: z.coerce.number().int().min(100).default(500),
  /** Milliseconds after which a read of the index gives up. */
  readTimeoutMs: z.coerce.number().int().min(1).default(2_000),
  /** Hashtags are suggested by how often they were used in so many days. */
  suggestDays: z.coerce.number().int().min(1).default(30),
});

export type SearchConfig = z.infer<typeof searchConfig>;
