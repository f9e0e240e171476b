import { AFTER_EVERY_ID, firstIdAfter } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { getCounters } from './get-counters.ts';
import { checkIds, getEntries, toEntryFacts } from './get-entries.ts';
import { importEngagements, type ImportEngagementsDeps } from './import-engagements.ts';
import { listByActorsCached } from './list-by-actors.ts';
import { listByHashtagsCached } from './list-by-hashtags.ts';
import { listContent } from './list-content.ts';
import { listInteractions } from './list-interactions.ts';
import { importTweets, type ImportTweetsDeps } from './import-tweets.ts';
import type { Store } from './store.ts';

export type RpcDeps = ImportTweetsDeps &
  ImportEngagementsDeps & {
    store: Pick<
      Store,
      | 'listByActors'
      | 'listIdsByActors'
      | 'listByHashtags'
      | 'findRetweets'
      | 'readCounters'
      | 'listInteractions'
      | 'listTweets'
      | 'countTweets'
    >;
    cached: Pick<
      CachedTweets,
      'readTweetFacts' | 'readRetweetFacts' | 'readAuthorImages' | 'readHashtagImages' | 'foreknown'
    >;
  };

const MAX_ACTORS = 5_001;
const MAX_HASHTAGS = 1_000;
const MAX_LIMIT = 5_000;
const BEFORE_EVERY_ID = '0';

/** The handlers of the internal service. */
export function createRpc(deps: RpcDeps): Tweets<CallContext> {
  return {
    getEntries: async (_, { ids }) => ({ entries: await getEntries(deps.cached, ids) }),
    listByActors: async (_, { actorIds, beforeId, afterId, limit, mayBeCached, oldestFirst = false, asOfMs }) => {
      checkIds(actorIds, MAX_ACTORS);
      const moment = asOfMs === undefined ? null : Number(asOfMs);
      const stretch = checkStretch({ beforeId, afterId, limit });
      const end = moment === null ? AFTER_EVERY_ID : firstIdAfter(moment);
      const beforeEnd = stretch.beforeId < end ? stretch.beforeId : end;
      const query = { ...stretch, actorIds, beforeId: beforeEnd, oldestFirst, asOfMs: moment };
      const isImaged = mayBeCached && !oldestFirst && moment === null;
      const rows = await (isImaged ? listByActorsCached(deps, query) : deps.store.listByActors(query));
      return { entries: rows.map(toEntryFacts) };
    },
    listIdsByActors: async (_, { actorIds, ...bounds }) => {
      checkIds(actorIds, MAX_ACTORS);
      return { ids: await deps.store.listIdsByActors({ actorIds, ...checkStretch(bounds) }) };
    },
    listByHashtags: async (_, { hashtags, beforeId, afterId, limit, mayBeCached, oldestFirst = false }) => {
      if (hashtags.length > MAX_HASHTAGS) throw new StarlingError('BAD_USER_INPUT', `At most ${MAX_HASHTAGS} hashtags`);
      const query = { ...checkStretch({ beforeId, afterId, limit }), hashtags };
      const isImaged = mayBeCached && !oldestFirst;
      const rows = await (isImaged
        ? listByHashtagsCached(deps, query)
        : deps.store.listByHashtags({ ...query, oldestFirst }));
      return { entries: rows.map(toEntryFacts) };
    },
    findRetweets: async (_, { tweetId, userIds }) => {
      checkIds([tweetId], 1);
      checkIds(userIds, MAX_ACTORS);
      return { ids: await deps.store.findRetweets({ tweetId, userIds }) };
    },
    getCounters: (_, { ids }) => getCounters(deps.store, ids),
    listInteractions: (_, request) => listInteractions(deps.store, request),
    listTweets: (_, page) => listContent(deps.store, page),
    importTweets: (call, { tweets }) => importTweets(deps, call, tweets),
    importEngagements: (_, { engagements }) => importEngagements(deps, engagements),
  };
}

type Stretch = { beforeId: string; afterId: string; limit: number };

/** Of the newest first, both bounds exclusive. Throws StarlingError BAD_USER_INPUT. */
function checkStretch({ beforeId, afterId, limit }: Stretch): Stretch {
  checkIds(
    [beforeId, afterId].filter((id) => id !== ''),
    2,
  );
  if (limit < 1 || limit > MAX_LIMIT)
    throw new StarlingError('BAD_USER_INPUT', `"limit" must be from 1 to ${MAX_LIMIT}`);
  return { beforeId: beforeId || AFTER_EVERY_ID, afterId: afterId || BEFORE_EVERY_ID, limit };
}
