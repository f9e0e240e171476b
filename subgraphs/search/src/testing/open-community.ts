import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';
import { createEmbeddedSearchIndex } from '@starling/kit/search-index/embedded.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import type { TestDatabase } from '@starling/kit/testing/test-database.ts';
import { searchConfig, type SearchConfig } from '../config.ts';
import { openSearch, type SearchShared } from '../open.ts';
import type { RebuildOptions } from '../rebuild-indexes.ts';
import { Community } from './community.ts';
import type { Person } from './facts.ts';

export type Searched = {
  handles?: string[];
  ids: string[];
  hasNextPage: boolean;
  endCursor: string | null;
  errors: string[];
};

type Connection = {
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
};
type Answer = {
  found?: Connection | null;
  suggest?: { user?: { id: string }; hashtag?: string }[] | null;
  errors: string[];
};
type Args = { first?: number; after?: string | null; order?: 'NEWEST' | 'RELEVANCE'; as?: Person };

const TABLES = ['tweets', 'people'].flatMap((name) => [
  `search_${name}`,
  `search_${name}_keyword`,
  `search_${name}_barred`,
]);

const PAGE = 'edges { cursor node { id } } pageInfo { hasNextPage endCursor }';
const TWEETS = `query ($query: String!, $first: Int!, $after: String, $order: SearchOrder! = NEWEST) { found: searchTweets(query: $query, first: $first, after: $after, order: $order) { ${PAGE} } }`;
const USERS = `query ($query: String!, $first: Int!, $after: String) { found: searchUsers(query: $query, first: $first, after: $after) { ${PAGE} } }`;
const SUGGEST =
  'query ($prefix: String!, $first: Int!) { suggest(prefix: $prefix, first: $first) { ... on UserSuggestion { user { id } } ... on HashtagSuggestion { hashtag } } }';

function indexesIn({ pool }: Pick<TestDatabase, 'pool'>): SearchShared['searchIndex'] {
  return (name, options) => createEmbeddedSearchIndex({ pool, name, ...options });
}

/** The whole subgraph over a new community, on a database that is emptied first. */
export async function openCommunity(database: Pick<TestDatabase, 'pool'>, config: Partial<SearchConfig> = {}) {
  const community = new Community();
  const logger = createLogger({ name: 'test', level: 'silent' });
  const cache = createEmbeddedCache({ now: community.now });
  const opened = await openSearch(
    { ...searchConfig.parse({ cacheTtlMs: 0 }), ...config },
    { logger, cache, searchIndex: indexesIn(database), services: community.services, now: community.now },
  );
  await database.pool.query(`TRUNCATE ${TABLES.join(', ')}`);
  let told = 0;

  async function run(query: string, variables: Record<string, unknown>, as?: Person): Promise<Answer> {
    const principal = { ...ANONYMOUS, userId: as?.id ?? null };
    const call: CallContext = { principal, deadline: Date.now() + 10_000, requestId: 'test', clientAddress: null };
    const request = { query, variables };
    const { data, errors = [] } = await executeInSubgraph<Answer>(opened.subgraph, request, call, { logger });
    return { ...data, errors: errors.map((error) => `${String(error.extensions?.['code'])}: ${error.message}`) };
  }
  async function find(document: string, query: string, { first = 50, as, ...args }: Args): Promise<Searched> {
    const { found, errors } = await run(document, { query, first, ...args }, as);
    const { edges = [], pageInfo = { hasNextPage: false, endCursor: null } } = found ?? {};
    return { ids: edges.map(({ node }) => node.id), ...pageInfo, errors };
  }

  return {
    community,
    /** Gives records to the consumers of their topic; by default all that were not given yet. */
    async deliver(records: readonly LogRecord[] = community.events.slice(told)): Promise<void> {
      told = community.events.length;
      for (const consumer of opened.consumers) {
        const batch = records.filter(({ topic }) => consumer.topics.includes(topic));
        if (batch.length > 0) await consumer.handle(batch);
      }
    },
    searchTweets: (query: string, args: Args = {}) => find(TWEETS, query, args),
    searchUsers: (query: string, args: Args = {}) => find(USERS, query, args),
    /** `@id` and `#tag`. */
    async suggest(prefix: string, { first = 8, as }: Args = {}): Promise<string[]> {
      const { suggest, errors } = await run(SUGGEST, { prefix, first }, as);
      return suggest?.map(({ user, hashtag }) => (user ? `@${user.id}` : `#${hashtag}`)) ?? errors;
    },
    rebuild: (options?: RebuildOptions) => opened.operators.rebuild(options),
    close: () => opened.close(),
  };
}
