import { belongsToHome, type Follows } from '@starling/domain/home-timeline.ts';
import { firstIdAfter } from '@starling/domain/ids.ts';
import type { FilledPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { factsOf, mergeCandidates, type Candidate } from './candidates.ts';
import { readCollapsed } from './collapse-entries.ts';
import { keepByPeople, type AsksUsers } from './people.ts';
import type { HomeRequest } from './read-home.ts';
import { maySee, toEntry } from './rules.ts';
import { taggedEntries } from './tagged-entries.ts';
import type { HomeEntry, Place } from './timeline-page.ts';
import { viewpointOf, type AsksRelations } from './viewpoint.ts';

export type HomeAtDeps = {
  graph: AsksRelations & Pick<Graph<CallContext>, 'getFollowingAt'>;
  tweets: Pick<Tweets<CallContext>, 'listByActors' | 'listByHashtags'>;
  users: AsksUsers;
  collapseWithin: number;
  /** As for the timeline of now. */
  scanBudget?: (first: number) => number;
};

/** A page, and what the viewer followed at its moment. */
export type HomePageAt = FilledPage<Place, HomeEntry> & { viewer: Follows };

/**
 * A page of the home timeline as it was at a moment of the past (epoch milliseconds): see `homeTimelineAt` in
 * domain/home-timeline.ts. Only the primary stores know what was, so no list is read.
 */
export async function readHomeAt(
  deps: HomeAtDeps,
  call: CallContext,
  { viewerId, first, after, atMs }: HomeRequest & { atMs: number },
): Promise<HomePageAt> {
  const { graph, tweets, users, collapseWithin } = deps;
  const moment = BigInt(atMs);
  const [now, then] = await Promise.all([
    viewpointOf(graph, call, viewerId),
    graph.getFollowingAt(call, { userId: viewerId, atMs: moment }),
  ]);
  const viewer = { viewerId, following: new Set(then.ids), hashtags: new Set(then.hashtags) };
  const end = firstIdAfter(atMs);
  const read = async ({ limit, ...bounds }: Stretch): Promise<Candidate[]> => {
    const actorIds = [viewerId, ...then.ids];
    const [followed, tagged] = await Promise.all([
      tweets.listByActors(call, { ...bounds, actorIds, limit, asOfMs: moment }),
      taggedEntries(tweets, { ...bounds, call, viewer, limit }),
    ]);
    return mergeCandidates([], [...followed.entries, ...tagged], bounds).slice(0, limit);
  };
  const page = await readCollapsed(
    { first, after, budget: deps.scanBudget?.(first), collapseWithin },
    {
      readBelow: (place, limit) =>
        read({ beforeId: place !== null && place.id < end ? place.id : end, afterId: '', limit, oldestFirst: false }),
      readAbove: ({ id }, limit) => read({ beforeId: end, afterId: id, limit, oldestFirst: true }),
      keep: (candidates) =>
        keepByPeople(users, call, factsOf(candidates), (facts, people) => {
          return belongsToHome(toEntry(facts), viewer) && maySee(facts, now, people, 'home');
        }),
    },
  );
  return { ...page, viewer };
}

type Stretch = { beforeId: string; afterId: string; limit: number; oldestFirst: boolean };
