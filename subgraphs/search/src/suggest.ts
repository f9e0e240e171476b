import { firstIdAt, type Id } from '@starling/domain/ids.ts';
import { problemOfText } from '@starling/domain/search-query.ts';
import { foldHashtag } from '@starling/domain/search-text.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { SearchIndex } from '@starling/kit/search-index/port.ts';
import type { CachedReads } from './cached-index.ts';
import { labelQuery } from './documents.ts';
import { MAX_NAME_QUERY } from './search-users.ts';
import { visiblePeople, visibleTweets, type VisibilityServices } from './visible.ts';

export type SuggestDeps = {
  services: VisibilityServices;
  tweetIndex: Pick<SearchIndex, 'search' | 'suggestKeywords'>;
  tweetReads: CachedReads;
  peopleReads: CachedReads;
  suggestDays: number;
  now: () => number;
};

export type Suggestion =
  { __typename: 'UserSuggestion'; user: { id: Id } } | { __typename: 'HashtagSuggestion'; hashtag: string };

/** A tag, with some of its newest tweets: it may be told to whoever may see one of them. */
type TagCandidate = { hashtag: string; tweetIds: Id[] };

const DAY_MS = 24 * 60 * 60 * 1000;
const TWEETS_A_TAG = 10;
const CANDIDATES_PER_PLACE = 2;
const ALL = { must: [], mustNot: [], keywords: {} };

/**
 * People and hashtags that start like `prefix`, half of each as far as there are; after `#` tags only, after `@` people only.
 * Throws StarlingError BAD_USER_INPUT for a prefix that is empty, too long or malformed.
 */
export async function suggest(
  deps: SuggestDeps,
  call: CallContext,
  asked: { prefix: string; first: number },
): Promise<Suggestion[]> {
  const problem = problemOfText(asked.prefix, MAX_NAME_QUERY);
  if (problem !== null)
    throw new StarlingError('BAD_USER_INPUT', problem.replace('query', 'prefix'), { argument: 'prefix' });
  const { sign, text } = readPrefix(asked.prefix);
  const [people, tags] = await Promise.all([
    sign === '#' ? [] : suggestPeople(deps, call, labelQuery(text), asked.first),
    sign === '@' ? [] : suggestTags(deps, call, foldHashtag(text), asked.first),
  ]);
  const places = Math.max(Math.ceil(asked.first / 2), asked.first - tags.length);
  return [...people.slice(0, places), ...tags].slice(0, asked.first);
}

function readPrefix(prefix: string): { sign: '#' | '@' | ''; text: string } {
  const text = prefix.normalize('NFKC').trim();
  if (text.startsWith('#')) return { sign: '#', text: text.slice(1) };
  if (text.startsWith('@')) return { sign: '@', text: text.slice(1) };
  return { sign: '', text };
}

async function suggestPeople(
  deps: SuggestDeps,
  call: CallContext,
  label: string,
  first: number,
): Promise<Suggestion[]> {
  if (label === '') return [];
  const limit = first * CANDIDATES_PER_PLACE;
  const hits = await deps.peopleReads.search({ ...ALL, label, labelMatch: 'prefix', order: 'relevance', limit });
  const visible = await visiblePeople(
    deps.services,
    call,
    hits.map(({ id }) => id),
  );
  const shown = hits.filter(({ id }) => visible.has(id)).slice(0, first);
  return shown.map(({ id }) => ({ __typename: 'UserSuggestion', user: { id } }));
}

async function suggestTags(deps: SuggestDeps, call: CallContext, prefix: string, first: number): Promise<Suggestion[]> {
  if (prefix === '') return [];
  const candidates = await deps.tweetReads.keep(
    ['tags', prefix, first],
    () => findTags(deps, prefix, first * CANDIDATES_PER_PLACE),
    (tags) => tags.length === 0,
  );
  const visible = await visibleTweets(deps.services, call, [
    ...new Set(candidates.flatMap(({ tweetIds }) => tweetIds)),
  ]);
  const shown = candidates.filter(({ tweetIds }) => tweetIds.some((id) => visible.has(id))).slice(0, first);
  return shown.map(({ hashtag }) => ({ __typename: 'HashtagSuggestion', hashtag }));
}

async function findTags(
  { tweetIndex, suggestDays, now }: SuggestDeps,
  prefix: string,
  limit: number,
): Promise<TagCandidate[]> {
  const sinceId = firstIdAt(now() - suggestDays * DAY_MS);
  const tags = await tweetIndex.suggestKeywords({ field: 'hashtag', prefix, limit, sinceId });
  return Promise.all(
    tags.map(async ({ keyword: hashtag }) => {
      const hits = await tweetIndex.search({
        ...ALL,
        keywords: { hashtag: [hashtag] },
        order: 'newest',
        limit: TWEETS_A_TAG,
      });
      return { hashtag, tweetIds: hits.map(({ id }) => id) };
    }),
  );
}
