import { followedHashtag, followeesOf, isRetweet, kindAtHome, type Follows } from '@starling/domain/home-timeline.ts';
import { isId, isRetweetId, newestFirst, type Id } from '@starling/domain/ids.ts';
import { checkFirst } from '@starling/kit/cursor.ts';
import { connectionOf } from '@starling/kit/fill-page.ts';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import { DateTime } from '@starling/kit/subgraph/date-time.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { HomeTimelineReason, QueryHomeTimelineArgs, Resolvers } from '../generated/resolvers.ts';
import type { TweetParent, UserParent } from './context.ts';
import { homeCursor, parseHomeCursor, parseProfileCursor, profileCursor } from './cursors.ts';
import { explainAbsence, type ExplainDeps, type Explanation } from './explain-absence.ts';
import { countRankedAbove } from './ranking/explain-rank.ts';
import type { OpenedProfiles } from './ranking/opened-profiles.ts';
import { parseRankedCursor, rankedCursor } from './ranking/ranked-place.ts';
import { readRanked, type RankedDeps } from './ranking/read-ranked.ts';
import { readHome, type HomeDeps } from './read-home.ts';
import { readHomeAt, type HomeAtDeps } from './read-home-at.ts';
import { readProfile, type ProfileDeps } from './read-profile.ts';
import { toEntry } from './rules.ts';
import type { HomeEntry } from './timeline-page.ts';
import { watchHome, type WatchDeps } from './watch-home.ts';

export type ResolverDeps = HomeDeps & HomeAtDeps & RankedDeps & EntityDeps & WatchDeps & ExplainDeps;

type EntityDeps = ProfileDeps & { openedProfiles: Pick<OpenedProfiles, 'note'> };

export function createResolvers(deps: ResolverDeps): Resolvers {
  return {
    DateTime,
    Query: {
      homeTimeline: async (_, args, { call }) => {
        const viewerId = requireViewer(call);
        const asked = { viewerId, first: checkFirst(args.first) };
        const atMs = checkMoment(args, deps.now());
        if (args.order === 'RANKED') {
          const after = parseRankedCursor(args.after, deps.now());
          return connectionOf(await readRanked(deps, call, { ...asked, after }), {
            cursorOf: rankedCursor,
            edgeOf: ({ facts, viewer, rank }) => ({ ...homeEntry(facts, viewer), rank }),
          });
        }
        const request = { ...asked, after: parseHomeCursor(args.after, atMs) };
        const reading = atMs === null ? readHome(deps, call, request) : readHomeAt(deps, call, { ...request, atMs });
        const { viewer, ...page } = await reading;
        return connectionOf(page, {
          cursorOf: ({ id }) => homeCursor(id, atMs),
          edgeOf: (facts) => homeEntry(facts, viewer),
        });
      },
      whyNotInMyTimeline: async (_, { tweetId, order }, { call }) => {
        const viewerId = requireViewer(call);
        if (!isId(tweetId) || isRetweetId(tweetId)) return null;
        const found = await explainAbsence(deps, call, { viewerId, tweetId });
        if (!found) return null;
        const isRanked = found.shown !== null && order === 'RANKED';
        const rankedBelow = isRanked ? await countRankedAbove(deps, call, { viewerId, tweetId }) : null;
        return { ...presentExplanation(found), rankedBelow };
      },
    },
    Subscription: {
      homeTimelineUpdates: {
        subscribe: async (_, _args, { call }) => {
          const viewerId = requireViewer(call);
          const entries = await watchHome(deps, call, viewerId);
          return mapIterator(entries, {
            map: ({ facts, viewer }) => {
              const { node: tweet, ...entry } = homeEntry({ ...facts, collapsed: [] }, viewer);
              return { homeTimelineUpdates: { tweet, ...entry } };
            },
          });
        },
      },
    },
    ...entityResolvers(deps),
  };
}

/** What tweets and people of other subgraphs have here. */
function entityResolvers(deps: EntityDeps): Pick<Resolvers, 'Tweet' | 'User'> {
  return {
    Tweet: {
      delivery: ({ id }, _, { delivery }) => delivery.load(id),
    },
    User: {
      tweets: async ({ id: userId }, { first, after, includeReplies }, context) => {
        const asked = { first: checkFirst(first), after: parseProfileCursor(userId, after), includeReplies };
        if (!isId(userId)) return null;
        context.profiles.add(userId);
        const viewpoint = await context.viewpoint();
        const found = await readProfile(deps, context.call, { ...asked, userId, viewpoint });
        if (!found) return null;
        const { viewerId } = viewpoint;
        // Who lists several people with their tweets opens none of them. People under aliases come in fetches of their own.
        const isOpened = asked.after === null && context.profiles.size === 1;
        if (isOpened && viewerId !== null) deps.openedProfiles.note({ viewerId, userId });
        return connectionOf(found, {
          cursorOf: ({ id }) => profileCursor(userId, id),
          edgeOf: (facts) => ({ node: tweetOf(facts), isRetweet: isRetweet(facts) }),
        });
      },
    },
  };
}

/** Epoch milliseconds; null for now. Throws StarlingError BAD_USER_INPUT for a moment to come, and for another order. */
function checkMoment({ asOf, order }: Pick<QueryHomeTimelineArgs, 'asOf' | 'order'>, now: number): number | null {
  if (asOf === null || asOf === undefined) return null;
  if (asOf.getTime() > now) throw badMoment('"asOf" must not lie in the future');
  if (order === 'RANKED') throw badMoment('A timeline "asOf" a moment is not ranked');
  return asOf.getTime();
}

function badMoment(message: string): StarlingError {
  return new StarlingError('BAD_USER_INPUT', message, { argument: 'asOf' });
}

function homeEntry(facts: HomeEntry, viewer: Follows) {
  const retweetedBy = isRetweet(facts) ? userOf(facts.actorId) : null;
  return { node: tweetOf(facts), retweetedBy, reason: reasonOf(facts, viewer) };
}

function reasonOf(facts: HomeEntry, viewer: Follows): HomeTimelineReason {
  const entry = toEntry(facts);
  const kind = kindAtHome(entry, viewer);
  // Ranked, an older entry may stand for newer ones.
  const together = [facts, ...facts.collapsed].sort((a, b) => newestFirst(a.id, b.id));
  const followees = followeesOf(together, viewer).map(userOf);
  return { kind, followees, hashtag: kind === 'HASHTAG' ? followedHashtag(entry, viewer) : null };
}

function presentExplanation(found: Explanation) {
  return {
    reason: found.shown && reasonOf(found.shown, found.viewer),
    absences: found.absences.map(({ actorId, sinceMs, ...absence }) => ({
      ...absence,
      actor: actorId === null ? null : userOf(actorId),
      since: sinceMs === null ? null : new Date(sinceMs),
    })),
  };
}

function userOf(id: Id): UserParent {
  return { __typename: 'User', id };
}

function tweetOf({ tweetId }: EntryFacts): TweetParent {
  return { __typename: 'Tweet', id: tweetId };
}
