import { z } from 'zod';

/** What the subgraph graph can be told; environment names are GRAPH_ and the key, such as GRAPH_DATABASE_URL. */
export const graphConfig = z.object({
  databaseUrl: z.string(),
  /** Of a copy that may lag, for reads that may. */
  replicaUrl: z.string().optional(),
  /** Connections to the database, at most. */
  poolSize: z.coerce.number().int().min(2).default(10),
  /** How many people one person may follow. */
  followLimit: z.coerce.number().int().min(1).default(5_000),
  /** Entries of a list examined for one page, at most. */
  scanBudget: z.coerce.number().int().min(100).default(500),
  /** Relations of an erased person removed in one transaction, at most. */
  eraseBatchSize: z.coerce.number().int().min(1).max(5_000).default(500),
});

export type GraphConfig = z.infer<typeof graphConfig>;
