import { problemOfText } from '@starling/domain/search-query.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { fillPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { digest, type CachedReads } from './cached-index.ts';
import { labelQuery } from './documents.ts';
import { parseSearchCursor, searchCursor } from './search-cursor.ts';
import type { FoundPage } from './search-tweets.ts';
import { keepVisible, visiblePeople, type VisibilityServices } from './visible.ts';

export type SearchUsersDeps = {
  services: Omit<VisibilityServices, 'tweets'>;
  peopleReads: Pick<CachedReads, 'search'>;
  scanBudget: number;
};

export type UserSearch = { query: string; /** From 1 to 100. */ first: number; after: string | null | undefined };

/** In code points: more than the longest handle and name. */
export const MAX_NAME_QUERY = 100;

const CURSOR_KIND = 'search-users';

/** Throws StarlingError BAD_USER_INPUT for a query without a word, BAD_CURSOR for a cursor of another search. */
export async function searchUsers(deps: SearchUsersDeps, call: CallContext, asked: UserSearch): Promise<FoundPage> {
  const label = readNames(asked.query);
  const search = digest(label);
  const after = parseSearchCursor(CURSOR_KIND, search, asked.after);
  const found = await fillPage(
    { first: asked.first, after, budget: deps.scanBudget },
    {
      read: (position, limit) =>
        deps.peopleReads.search({
          must: [],
          mustNot: [],
          keywords: {},
          label,
          order: 'relevance',
          limit,
          ...(position && { after: position }),
        }),
      keep: keepVisible((ids) => visiblePeople(deps.services, call, ids)),
    },
  );
  return { ...found, cursorOf: (hit) => searchCursor(CURSOR_KIND, search, hit) };
}

function readNames(text: string): string {
  const problem = problemOfText(text, MAX_NAME_QUERY);
  const label = problem === null ? labelQuery(text) : '';
  if (label !== '') return label;
  throw new StarlingError('BAD_USER_INPUT', problem ?? 'The query holds no word to search for', { argument: 'query' });
}
