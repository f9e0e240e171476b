import { isId } from '@starling/domain/ids.ts';
import { checkFirst } from '@starling/kit/cursor.ts';
import { connectionOf } from '@starling/kit/fill-page.ts';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import type { TweetParent, UserParent } from './context.ts';
import { homeCursor, parseHomeCursor, parseProfileCursor, profileCursor } from './cursors.ts';
import { readHome, type HomeDeps } from './read-home.ts';
import { readProfile, type ProfileDeps } from './read-profile.ts';
import { isRetweet } from './rules.ts';
import { watchHome, type WatchDeps } from './watch-home.ts';

export type ResolverDeps = HomeDeps & ProfileDeps & WatchDeps;

export function createResolvers(deps: ResolverDeps): Resolvers {
  return {
    Query: {
      homeTimeline: async (_, args, { call }) => {
        const request = {
          viewerId: requireViewer(call),
          first: checkFirst(args.first),
          after: parseHomeCursor(args.after),
        };
        return connectionOf(await readHome(deps, call, request), {
          cursorOf: ({ id }) => homeCursor(id),
          edgeOf: homeEntry,
        });
      },
    },
    Subscription: {
      homeTimelineUpdates: {
        subscribe: async (_, _args, { call }) => {
          const entries = await watchHome(deps, call, requireViewer(call));
          return mapIterator(entries, {
            map: (facts) => {
              const { node: tweet, retweetedBy } = homeEntry(facts);
              return { homeTimelineUpdates: { tweet, retweetedBy } };
            },
          });
        },
      },
    },
    User: {
      tweets: async ({ id: userId }, { first, after, includeReplies }, { call, viewpoint }) => {
        const asked = { first: checkFirst(first), after: parseProfileCursor(userId, after), includeReplies };
        if (!isId(userId)) return null;
        const found = await readProfile(deps, call, { ...asked, userId, viewpoint: await viewpoint() });
        if (!found) return null;
        return connectionOf(found, {
          cursorOf: ({ id }) => profileCursor(userId, id),
          edgeOf: (facts) => ({ node: tweetOf(facts), isRetweet: isRetweet(facts) }),
        });
      },
    },
  };
}

function homeEntry(facts: EntryFacts): { node: TweetParent; retweetedBy: UserParent | null } {
  return { node: tweetOf(facts), retweetedBy: isRetweet(facts) ? { __typename: 'User', id: facts.actorId } : null };
}

function tweetOf({ tweetId }: EntryFacts): TweetParent {
  return { __typename: 'Tweet', id: tweetId };
}
