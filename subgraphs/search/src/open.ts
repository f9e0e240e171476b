import type { Cache } from '@starling/kit/cache/port.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { IndexOptions, SearchIndex } from '@starling/kit/search-index/port.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { cachedReads } from './cached-index.ts';
import type { SearchConfig } from './config.ts';
import { searchConsumers } from './consumes.ts';
import { rebuildIndexes, type RebuildOptions, type Rebuilt } from './rebuild-indexes.ts';
import { createSearchSubgraph } from './subgraph.ts';

export type SearchShared = {
  logger: Logger;
  cache: Pick<Cache, 'getOrLoad' | 'delete'>;
  /** Opens the index of this name; several processes have the same one. */
  searchIndex(name: string, options: IndexOptions): Promise<SearchIndex>;
  services: {
    users: Pick<Users<CallContext>, 'getUsers' | 'getUsersByHandle' | 'listUsers'>;
    graph: Pick<Graph<CallContext>, 'getRelationsTo'>;
    tweets: Pick<Tweets<CallContext>, 'getEntries' | 'listTweets'>;
  };
  /** Epoch milliseconds. */
  now?: () => number;
};

export type OpenedSearch = OpenedSubgraph<Record<string, never>> & {
  /** What operators may do, to be called by their own tools. */
  operators: { rebuild(options?: RebuildOptions): Promise<Rebuilt> };
  /** Resolves once searches find all that has been written by whomever. */
  refresh(): Promise<void>;
};

/** It answers no other service. Owns no facts: its indexes are images of tweets' and users' facts. */
export async function openSearch(config: SearchConfig, shared: SearchShared): Promise<OpenedSearch> {
  const { readTimeoutMs, cacheTtlMs: ttlMs } = config;
  const { cache, services, now = Date.now } = shared;
  const { tweetIndex, peopleIndex, close } = await openIndexes(shared, readTimeoutMs);
  const tweetReads = cachedReads(tweetIndex, { cache, name: 'tweets', ttlMs });
  const peopleReads = cachedReads(peopleIndex, { cache, name: 'people', ttlMs });
  return {
    name: 'search',
    subgraph: createSearchSubgraph({ ...config, services, tweetIndex, tweetReads, peopleReads, now }),
    rpc: {},
    consumers: searchConsumers({ tweetIndex, peopleIndex }),
    outbox: null,
    operators: { rebuild: (options) => rebuildIndexes({ services, tweetIndex, peopleIndex }, options) },
    async refresh() {
      await Promise.all([tweetIndex.refresh(), peopleIndex.refresh()]);
    },
    ping: () => tweetIndex.ping(),
    close,
  };
}

/** Both, or none stays open. */
async function openIndexes({ searchIndex }: SearchShared, readTimeoutMs: number) {
  const tweetIndex = await searchIndex('tweets', { suggestedFields: ['hashtag'], readTimeoutMs });
  const peopleIndex = await searchIndex('people', { readTimeoutMs }).catch(async (error: unknown) => {
    await tweetIndex.close();
    throw error;
  });
  const close = async () => {
    await Promise.all([tweetIndex.close(), peopleIndex.close()]);
  };
  return { tweetIndex, peopleIndex, close };
}
