import { isId, isRetweetId, type Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import { DateTime } from '@starling/kit/subgraph/date-time.ts';
import type { Resolvers, ResolversParentTypes } from '../generated/resolvers.ts';
import type { TweetsContext } from './context.ts';
import { deleteTweet, type DeleteDeps } from './delete-tweet.ts';
import { bookmarkTweet, likeTweet, removeBookmark, unlikeTweet, type EngageDeps } from './engage-tweet.ts';
import { listAncestors, listBookmarks, listReplies } from './list-tweets.ts';
import type { Outcome } from './outcome.ts';
import { postTweet, type PostDeps } from './post-tweet.ts';
import { retweet, undoRetweet, type RetweetDeps } from './retweet.ts';
import type { Store } from './store.ts';
import { tweetFields } from './tweet-fields.ts';
import { watchTweets, type WatchDeps } from './watch-tweets.ts';

export type ResolverDeps = PostDeps &
  DeleteDeps &
  EngageDeps &
  RetweetDeps &
  WatchDeps & { store: Store; maxAncestors: number };

const MAX_IDS = 100;

export function createResolvers(deps: ResolverDeps): Resolvers {
  return {
    DateTime,
    Query: {
      tweet: (_, { id }, context) => knownTweet(context, checkId(id, 'id')),
      tweets: (_, { ids }, context) => {
        if (ids.length > MAX_IDS) throw badInput(`At most ${MAX_IDS} ids`, 'ids');
        return Promise.all(ids.map((id) => knownTweet(context, checkId(id, 'ids'))));
      },
      conversation: async (_, { tweetId }, context) => {
        const tweet = await knownTweet(context, checkId(tweetId, 'tweetId'));
        return (
          tweet &&
          ({ tweet, ancestors: await listAncestors(deps, context, tweet.id) } as ResolversParentTypes['Conversation'])
        );
      },
      bookmarks: (_, args, { call, pages }) => listBookmarks(pages, requireViewer(call), args),
    },
    Mutation: {
      postTweet: mutation((actor, input) => postTweet(deps, actor, input)),
      deleteTweet: mutation((actor, input) => deleteTweet(deps, actor, input)),
      retweet: mutation((actor, input) => retweet(deps, actor, input)),
      undoRetweet: mutation((actor, input) => undoRetweet(deps, actor, input)),
      likeTweet: mutation((actor, input) => likeTweet(deps, actor, input)),
      unlikeTweet: mutation((actor, input) => unlikeTweet(deps, actor, input)),
      bookmarkTweet: mutation((actor, input) => bookmarkTweet(deps, actor, input)),
      removeBookmark: mutation((actor, input) => removeBookmark(deps, actor, input)),
    },
    Subscription: {
      tweetUpdates: { subscribe: (_, { ids }, context) => watchTweets(deps, context, ids) },
    },
    Conversation: {
      replies: ({ tweet }, args, context) => listReplies(context.pages, context, { ...args, tweetId: tweet.id }),
    },
    Tweet: tweetFields,
  };
}

type Actor = TweetsContext & { viewerId: Id };

/** What was read to check the input is old once the change is made; a new tweet need not be read at all. */
function mutation<Input>(change: (actor: Actor, input: Input) => Promise<Outcome>) {
  return async (_: object, { input }: { input: Input }, context: TweetsContext) => {
    const viewerId = requireViewer(context.call);
    const outcome = await change({ ...context, viewerId }, input);
    if (!outcome.ok) return { tweet: null, userErrors: outcome.errors };
    const { tweetId, created } = outcome;
    context.renewLoaders();
    if (created) {
      context.loaders.tweet.prime(tweetId, created);
      context.loaders.counters.prime(tweetId, {
        tweetId,
        likeCount: 0,
        retweetCount: 0,
        replyCount: 0,
        quoteCount: 0,
        revision: 0,
      });
    }
    return { tweet: { id: tweetId }, userErrors: [] };
  };
}

async function knownTweet({ loaders }: TweetsContext, id: Id): Promise<{ id: Id } | null> {
  return isRetweetId(id) || (await loaders.tweet.load(id)) === null ? null : { id };
}

function checkId(id: string, argument: string): Id {
  if (!isId(id)) throw badInput('An id is a decimal number of 19 digits', argument);
  return id;
}

function badInput(message: string, argument: string): StarlingError {
  return new StarlingError('BAD_USER_INPUT', message, { argument });
}
