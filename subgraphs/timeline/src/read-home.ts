import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { factsOf } from './candidates.ts';
import { readCollapsed, type CollapsedPage, type Stretch } from './collapse-entries.ts';
import { askOnce, type ForeseenPeople } from './foreseen-people.ts';
import { keepByPeople, type AsksUsers } from './people.ts';
import { readEarly, readSkeleton, type SkeletonDeps } from './read-skeleton.ts';
import { readSkeletonAbove } from './read-skeleton-above.ts';
import type { RecentReaders } from './recent-readers.ts';
import { showsAtHome } from './rules.ts';
import type { Place } from './timeline-page.ts';
import { viewpointOf, type AsksRelations, type ViewerPoint } from './viewpoint.ts';

export type HomeDeps = SkeletonDeps & {
  graph: AsksRelations;
  users: AsksUsers;
  foreseen: ForeseenPeople;
  readers: Pick<RecentReaders, 'note'>;
  /** Entries above one among which the same tweet makes it drop. */
  collapseWithin: number;
  /** Candidates that a page of `first` may examine; kit's by default. */
  scanBudget?: (first: number) => number;
};

export type HomeRequest = { viewerId: Id; first: number; /** Exclusive; null for the newest. */ after: Place | null };

/** A page, and the viewer by whose relations it was made. */
export type HomePage = CollapsedPage & { viewer: ViewerPoint };

/**
 * A page of the home timeline as domain/home-timeline.ts defines it, by relations and facts as they are now. The list and people are
 * asked for together with the relations: a list that relations have overtaken tells so by its revision.
 */
export async function readHome(
  deps: HomeDeps,
  call: CallContext,
  request: HomeRequest & { stretch?: Stretch },
): Promise<HomePage> {
  const { viewerId, first, after, stretch } = request;
  const { collapseWithin, foreseen } = deps;
  const beforeId = after?.id ?? AFTER_EVERY_ID;
  const early = readEarly(deps, { viewerId, beforeId, limit: earlyLimit(first, collapseWithin) });
  const users = askOnce(deps.users, call, foreseen.of(viewerId));
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  deps.readers.note(viewerId);
  const behind = new Set<Id>();
  const page = await readCollapsed(
    { first, after, budget: deps.scanBudget?.(first), collapseWithin, stretch },
    {
      readBelow: (place, limit) =>
        readSkeleton(deps, { call, viewer, beforeId: place?.id ?? AFTER_EVERY_ID, limit, early }),
      readAbove: ({ id }, limit) => readSkeletonAbove(deps, { call, viewer, afterId: id, limit }),
      keep: (candidates) => {
        const entries = factsOf(candidates);
        for (const { actorId, authorId } of entries) behind.add(actorId).add(authorId);
        return keepAtHome(users, call, viewer, entries);
      },
    },
  );
  foreseen.learn(viewerId, behind);
  return { ...page, viewer };
}

/** As many as a page may ask a list for at first; a bigger request is one of its own. */
function earlyLimit(first: number, collapseWithin: number): number {
  return 2 * first + 5 + collapseWithin;
}

export function keepAtHome(
  users: AsksUsers,
  call: CallContext,
  viewer: ViewerPoint,
  entries: readonly EntryFacts[],
): Promise<EntryFacts[]> {
  return keepByPeople(users, call, entries, (facts, people) => showsAtHome(facts, viewer, people));
}
