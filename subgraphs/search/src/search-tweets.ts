import { parseQuery, type SearchQuery } from '@starling/domain/search-query.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { fillPage, type FilledPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { IndexHit, IndexQuery } from '@starling/kit/search-index/port.ts';
import { digest, type CachedReads } from './cached-index.ts';
import { toIndexQuery, type AsksHandles } from './index-query.ts';
import { parseSearchCursor, searchCursor } from './search-cursor.ts';
import { keepVisible, visibleTweets, type VisibilityServices } from './visible.ts';

export type SearchTweetsDeps = {
  services: VisibilityServices & { users: AsksHandles };
  tweetReads: Pick<CachedReads, 'search'>;
  scanBudget: number;
};

export type TweetSearch = {
  query: string;
  order: IndexQuery['order'];
  /** From 1 to 100. */
  first: number;
  after: string | null | undefined;
};

/** What was found, with a function that makes its cursors. */
export type FoundPage = FilledPage<IndexHit> & { cursorOf(hit: IndexHit): string };

const CURSOR_KIND = 'search-tweets';

/** Throws StarlingError BAD_USER_INPUT for a query that cannot be read, BAD_CURSOR for a cursor of another search. */
export async function searchTweets(deps: SearchTweetsDeps, call: CallContext, asked: TweetSearch): Promise<FoundPage> {
  const query = readQuery(asked.query);
  const search = digest([query, asked.order]);
  const after = parseSearchCursor(CURSOR_KIND, search, asked.after);
  const cursorOf: FoundPage['cursorOf'] = (hit) => searchCursor(CURSOR_KIND, search, hit);
  const indexQuery = await toIndexQuery(deps.services.users, call, query);
  if (indexQuery === null) return { kept: [], end: after, hasNextPage: false, cursorOf };
  const found = await fillPage(
    { first: asked.first, after, budget: deps.scanBudget },
    {
      read: (position, limit) =>
        deps.tweetReads.search({ ...indexQuery, order: asked.order, limit, ...(position && { after: position }) }),
      keep: keepVisible((ids) => visibleTweets(deps.services, call, ids)),
    },
  );
  return { ...found, cursorOf };
}

function readQuery(text: string): SearchQuery {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new StarlingError('BAD_USER_INPUT', parsed.message, { argument: 'query' });
  return parsed.query;
}
