import { checkFirst } from '@starling/kit/cursor.ts';
import { connectionOf } from '@starling/kit/fill-page.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { searchTweets, type FoundPage, type SearchTweetsDeps } from './search-tweets.ts';
import { searchUsers, type SearchUsersDeps } from './search-users.ts';
import { suggest, type SuggestDeps } from './suggest.ts';

export type ResolverDeps = SearchTweetsDeps & SearchUsersDeps & SuggestDeps;

const MOST_SUGGESTIONS = 20;

export function createResolvers(deps: ResolverDeps): Resolvers {
  return {
    Query: {
      searchTweets: async (_, { query, after, order, first }, { call }) => {
        const asked = {
          query,
          after,
          order: order === 'NEWEST' ? 'newest' : 'relevance',
          first: checkFirst(first),
        } as const;
        return connection(await searchTweets(deps, call, asked));
      },
      searchUsers: async (_, { query, after, first }, { call }) =>
        connection(await searchUsers(deps, call, { query, after, first: checkFirst(first) })),
      suggest: (_, { prefix, first }, { call }) =>
        suggest(deps, call, { prefix, first: checkFirst(first, { max: MOST_SUGGESTIONS }) }),
    },
    Suggestion: {
      __resolveType: (suggestion) => ('hashtag' in suggestion ? 'HashtagSuggestion' : 'UserSuggestion'),
    },
  };
}

function connection({ cursorOf, ...found }: FoundPage) {
  return connectionOf(found, { cursorOf, edgeOf: ({ id }) => ({ node: { id } }) });
}
