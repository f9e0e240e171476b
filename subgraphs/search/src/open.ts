import type { Cache } from '@starling/kit/cache/port.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { openDatabase } from '@starling/kit/postgres/open-database.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { createEmbeddedSearchIndex } from '@starling/kit/search-index/embedded.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { cachedReads } from './cached-index.ts';
import type { SearchConfig } from './config.ts';
import { searchConsumers } from './consumes.ts';
import { createSearchSubgraph } from './subgraph.ts';

export type SearchShared = {
  logger: Logger;
  cache: Pick<Cache, 'getOrLoad' | 'delete'>;
  services: {
    users: Pick<Users<CallContext>, 'getUsers' | 'getUsersByHandle'>;
    graph: Pick<Graph<CallContext>, 'getRelationsTo'>;
    tweets: Pick<Tweets<CallContext>, 'getEntries'>;
  };
  /** Epoch milliseconds. */
  now?: () => number;
};

/** It answers no other service. Owns no facts: its indexes are images of tweets' and users' facts, in a database of its own. */
export async function openSearch(
  config: SearchConfig,
  shared: SearchShared,
): Promise<OpenedSubgraph<Record<string, never>>> {
  const { databaseUrl: url, poolSize: max } = config;
  return openDatabase({ url, name: 'search', max, logger: shared.logger }, (pool) => assemble(config, shared, pool));
}

async function assemble(
  config: SearchConfig,
  { cache, services, now = Date.now }: SearchShared,
  pool: Pool,
): Promise<OpenedSubgraph<Record<string, never>>> {
  const { readTimeoutMs, cacheTtlMs: ttlMs } = config;
  const open = (name: string, suggestedFields: string[]) =>
    createEmbeddedSearchIndex({ pool, name, suggestedFields, readTimeoutMs });
  const [tweetIndex, peopleIndex] = await Promise.all([open('tweets', ['hashtag']), open('people', [])]);
  const tweetReads = cachedReads(tweetIndex, { cache, name: 'tweets', ttlMs });
  const peopleReads = cachedReads(peopleIndex, { cache, name: 'people', ttlMs });
  return {
    name: 'search',
    subgraph: createSearchSubgraph({ ...config, services, tweetIndex, tweetReads, peopleReads, now }),
    rpc: {},
    consumers: searchConsumers({ tweetIndex, peopleIndex }),
    outbox: null,
    ping: () => tweetIndex.ping(),
    close: () => pool.end(),
  };
}
